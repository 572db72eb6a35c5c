<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="de" sourcelanguage="en">
<context>
    <name>Authws</name>
    <message>
        <source> One more fault below.</source>
        <translation> Ein weiterer Fehler darunter.</translation>
    </message>
    <message>
        <source> Save to have it so.</source>
        <translation> Speichern, damit es so wird.</translation>
    </message>
    <message>
        <source> {count} more faults below.</source>
        <translation> {count} weitere Fehler darunter.</translation>
    </message>
    <message numerus="yes">
        <source>%n accounts</source>
        <translation>
            <numerusform>%n Konto</numerusform>
            <numerusform>%n Konten</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n accounts will be made.</source>
        <translation>
            <numerusform>%n Konto wird angelegt.</numerusform>
            <numerusform>%n Konten werden angelegt.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n acts</source>
        <translation>
            <numerusform>%n Handlung</numerusform>
            <numerusform>%n Handlungen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n bytes</source>
        <translation>
            <numerusform>%n Byte</numerusform>
            <numerusform>%n Bytes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n cards</source>
        <translation>
            <numerusform>%n Karte</numerusform>
            <numerusform>%n Karten</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n changes</source>
        <translation>
            <numerusform>%n Änderung</numerusform>
            <numerusform>%n Änderungen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n clients</source>
        <translation>
            <numerusform>%n Client</numerusform>
            <numerusform>%n Clients</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n clients are connected.</source>
        <translation>
            <numerusform>%n Client ist verbunden.</numerusform>
            <numerusform>%n Clients sind verbunden.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n connections</source>
        <translation>
            <numerusform>%n Verbindung</numerusform>
            <numerusform>%n Verbindungen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n connections still use the old secret.</source>
        <translation>
            <numerusform>%n Verbindung nutzt noch das alte Geheimnis.</numerusform>
            <numerusform>%n Verbindungen nutzen noch das alte Geheimnis.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n errors</source>
        <translation>
            <numerusform>%n Fehler</numerusform>
            <numerusform>%n Fehler</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n fields</source>
        <translation>
            <numerusform>%n Feld</numerusform>
            <numerusform>%n Felder</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n guests</source>
        <translation>
            <numerusform>%n Gast</numerusform>
            <numerusform>%n Gäste</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n invitations</source>
        <translation>
            <numerusform>%n Einladung</numerusform>
            <numerusform>%n Einladungen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n items</source>
        <translation>
            <numerusform>%n Element</numerusform>
            <numerusform>%n Elemente</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n joined</source>
        <translation>
            <numerusform>%n beigetreten</numerusform>
            <numerusform>%n beigetreten</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n kept messages</source>
        <translation>
            <numerusform>%n aufbewahrte Nachricht</numerusform>
            <numerusform>%n aufbewahrte Nachrichten</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n lines</source>
        <translation>
            <numerusform>%n Zeile</numerusform>
            <numerusform>%n Zeilen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n lines have a problem and are left out.</source>
        <translation>
            <numerusform>%n Zeile hat einen Fehler und wird ausgelassen.</numerusform>
            <numerusform>%n Zeilen haben einen Fehler und werden ausgelassen.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n logins were refused.</source>
        <translation>
            <numerusform>%n Anmeldung wurde abgelehnt.</numerusform>
            <numerusform>%n Anmeldungen wurden abgelehnt.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n messages</source>
        <translation>
            <numerusform>%n Nachricht</numerusform>
            <numerusform>%n Nachrichten</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n people wait for your approval.</source>
        <translation>
            <numerusform>%n Person wartet auf Ihre Zustimmung.</numerusform>
            <numerusform>%n Personen warten auf Ihre Zustimmung.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n read slowly: it waits for them.</source>
        <translation>
            <numerusform>%n liest langsam: Es wartet.</numerusform>
            <numerusform>%n lesen langsam: Es wartet auf sie.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n rows</source>
        <translation>
            <numerusform>%n Zeile</numerusform>
            <numerusform>%n Zeilen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n rows are the same</source>
        <translation>
            <numerusform>%n Zeile ist gleich</numerusform>
            <numerusform>%n Zeilen sind gleich</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n sessions</source>
        <translation>
            <numerusform>%n Sitzung</numerusform>
            <numerusform>%n Sitzungen</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n users</source>
        <translation>
            <numerusform>%n Benutzer</numerusform>
            <numerusform>%n Benutzer</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n values are wrong</source>
        <translation>
            <numerusform>%n Wert ist falsch</numerusform>
            <numerusform>%n Werte sind falsch</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n were lost as their connections closed.</source>
        <translation>
            <numerusform>%n ging verloren, als die Verbindung endete.</numerusform>
            <numerusform>%n gingen verloren, als ihre Verbindungen endeten.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n were sent late.</source>
        <translation>
            <numerusform>%n wurde spät gesendet.</numerusform>
            <numerusform>%n wurden spät gesendet.</numerusform>
        </translation>
    </message>
    <message>
        <source>&amp;About Authws Desktop</source>
        <translation>Ü&amp;ber Authws Desktop</translation>
    </message>
    <message>
        <source>&amp;Accounts</source>
        <translation>&amp;Konten</translation>
    </message>
    <message>
        <source>&amp;Answers as rows	E</source>
        <translation>&amp;Antworten als Zeilen	E</translation>
    </message>
    <message>
        <source>&amp;Bans…</source>
        <translation>&amp;Sperren …</translation>
    </message>
    <message>
        <source>&amp;Clear	Ctrl+L</source>
        <translation>&amp;Leeren	Ctrl+L</translation>
    </message>
    <message>
        <source>&amp;Cluster…</source>
        <translation>&amp;Cluster …</translation>
    </message>
    <message>
        <source>&amp;Copy WebSocket address</source>
        <translation>WebSocket-Adresse &amp;kopieren</translation>
    </message>
    <message>
        <source>&amp;Documentation</source>
        <translation>&amp;Dokumentation</translation>
    </message>
    <message>
        <source>&amp;Export and open</source>
        <translation>&amp;Exportieren und öffnen</translation>
    </message>
    <message>
        <source>&amp;Follow	F</source>
        <translation>&amp;Mitlaufen	F</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>&amp;Hilfe</translation>
    </message>
    <message>
        <source>&amp;Open in browser</source>
        <translation>Im Browser ö&amp;ffnen</translation>
    </message>
    <message>
        <source>&amp;Pause	Space</source>
        <translation>&amp;Pause	Space</translation>
    </message>
    <message>
        <source>&amp;Projector</source>
        <translation>&amp;Projektor</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>&amp;Beenden</translation>
    </message>
    <message>
        <source>&amp;Room</source>
        <translation>&amp;Raum</translation>
    </message>
    <message>
        <source>&amp;Send as server…</source>
        <translation>&amp;Als Server senden …</translation>
    </message>
    <message>
        <source>&amp;Server</source>
        <translation>&amp;Server</translation>
    </message>
    <message>
        <source>&amp;Start</source>
        <translation>&amp;Starten</translation>
    </message>
    <message>
        <source>&amp;Stop</source>
        <translation>&amp;Stoppen</translation>
    </message>
    <message>
        <source>&amp;Time order	Esc</source>
        <translation>&amp;Zeitliche Reihenfolge	Esc</translation>
    </message>
    <message>
        <source>&amp;Traffic</source>
        <translation>Ver&amp;kehr</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>&amp;Ansicht</translation>
    </message>
    <message>
        <source>&apos;{address}&apos; is not an IP address.</source>
        <translation>&apos;{address}&apos; ist keine IP-Adresse.</translation>
    </message>
    <message>
        <source>&apos;{host}&apos; is not an address of this computer.</source>
        <translation>&apos;{host}&apos; ist keine Adresse dieses Computers.</translation>
    </message>
    <message>
        <source>&apos;{username}&apos; is a guest here, who has no account.</source>
        <translation>&apos;{username}&apos; ist hier Gast und hat kein Konto.</translation>
    </message>
    <message>
        <source>&apos;{username}&apos; is a guest, who has neither a password nor another role.</source>
        <translation>&apos;{username}&apos; ist Gast und hat weder ein Passwort noch eine andere Rolle.</translation>
    </message>
    <message>
        <source>, {count} waiting</source>
        <translation>, {count} warten</translation>
    </message>
    <message>
        <source>/s</source>
        <translation>/s</translation>
    </message>
    <message>
        <source>1 person is here</source>
        <translation>1 Person ist da</translation>
    </message>
    <message>
        <source>1. Join the Wi-Fi</source>
        <translation>1. Ins WLAN gehen</translation>
    </message>
    <message>
        <source>2 min ago</source>
        <translation>vor 2 min</translation>
    </message>
    <message>
        <source>2. Come in: scan, or type</source>
        <translation>2. Hereinkommen: scannen oder eintippen</translation>
    </message>
    <message>
        <source>32 characters or more</source>
        <translation>32 oder mehr Zeichen</translation>
    </message>
    <message>
        <source>A Wi-Fi&apos;s name has at most 32 bytes.</source>
        <translation>Der Name eines WLANs hat höchstens 32 Bytes.</translation>
    </message>
    <message>
        <source>A Wi-Fi&apos;s password has 8 to 63 characters.</source>
        <translation>Das Passwort eines WLANs hat 8 bis 63 Zeichen.</translation>
    </message>
    <message>
        <source>A client that reads so slowly that more than this waits for it is closed (4008).</source>
        <translation>Ein Client, der so langsam liest, dass mehr als dies auf ihn wartet, wird getrennt (4008).</translation>
    </message>
    <message>
        <source>A connection that does not answer a ping in time is ended.</source>
        <translation>Eine Verbindung, die auf einen Ping nicht rechtzeitig antwortet, wird beendet.</translation>
    </message>
    <message>
        <source>A connection that has not authenticated by then is closed (4001).</source>
        <translation>Eine Verbindung, die sich bis dahin nicht angemeldet hat, wird getrennt (4001).</translation>
    </message>
    <message>
        <source>A direct names its recipient in “to”: a user or a connection.</source>
        <translation>Eine Direktnachricht nennt ihren Empfänger in „to“: einen Benutzer oder eine Verbindung.</translation>
    </message>
    <message>
        <source>A file in {folder} is not a certificate or key.</source>
        <translation>Eine Datei in {folder} ist kein Zertifikat oder Schlüssel.</translation>
    </message>
    <message>
        <source>A frame is a JSON object with a “type”: authenticate, message or direct.</source>
        <translation>Ein Frame ist ein JSON-Objekt mit „type“: authenticate, message oder direct.</translation>
    </message>
    <message>
        <source>A host may also manage this server over HTTP.</source>
        <translation>Ein Gastgeber darf diesen Server auch über HTTP verwalten.</translation>
    </message>
    <message>
        <source>A key is missing beside a dot.</source>
        <translation>Neben einem Punkt fehlt ein Schlüssel.</translation>
    </message>
    <message>
        <source>A language is written as a short code, such as en, de or pt-BR.</source>
        <translation>Eine Sprache wird als kurzer Code geschrieben, etwa en, de oder pt-BR.</translation>
    </message>
    <message>
        <source>A larger one ends the connection (1009). Many clients take no more than 1 MiB.</source>
        <translation>Eine größere beendet die Verbindung (1009). Viele Clients nehmen höchstens 1 MiB an.</translation>
    </message>
    <message>
        <source>A message from the tray when a login was refused.</source>
        <translation>Eine Meldung im Infobereich, wenn eine Anmeldung abgelehnt wurde.</translation>
    </message>
    <message>
        <source>A message from the tray when somebody connects first.</source>
        <translation>Eine Meldung im Infobereich, wenn sich jemand als Erster verbindet.</translation>
    </message>
    <message>
        <source>A message from the tray when somebody waits for approval.</source>
        <translation>Eine Meldung im Infobereich, wenn jemand auf Zustimmung wartet.</translation>
    </message>
    <message>
        <source>A message to {to} was not fetched in time, and is gone.</source>
        <translation>Eine Nachricht an {to} wurde nicht rechtzeitig abgeholt und ist fort.</translation>
    </message>
    <message>
        <source>A newer version</source>
        <translation>Eine neuere Version</translation>
    </message>
    <message>
        <source>A number or nothing.</source>
        <translation>Eine Zahl oder nichts.</translation>
    </message>
    <message>
        <source>A real-time WebSocket server with real logins. MIT licence.</source>
        <translation>Ein Echtzeit-WebSocket-Server mit echten Anmeldungen. MIT-Lizenz.</translation>
    </message>
    <message>
        <source>A recording…</source>
        <translation>Eine Aufzeichnung …</translation>
    </message>
    <message>
        <source>A regular expression stands between two slashes, /like this/.</source>
        <translation>Ein regulärer Ausdruck steht zwischen zwei Schrägstrichen, /wie hier/.</translation>
    </message>
    <message>
        <source>A request has exactly one &apos;Host&apos; header.</source>
        <translation>Eine Anfrage hat genau einen Kopf &apos;Host&apos;.</translation>
    </message>
    <message>
        <source>A rule of the firewall ufw blocks port {port}.</source>
        <translation>Eine Regel der Firewall ufw sperrt Port {port}.</translation>
    </message>
    <message>
        <source>A sentence that everybody reads before they come in.</source>
        <translation>Ein Satz, den alle lesen, bevor sie hereinkommen.</translation>
    </message>
    <message>
        <source>A size is a number of bytes, such as size&gt;200 or size&lt;10k.</source>
        <translation>Eine Größe ist eine Zahl von Bytes, etwa size&gt;200 oder size&lt;10k.</translation>
    </message>
    <message>
        <source>A time is a number of ms or s, such as took&gt;100ms or took&gt;1.5s.</source>
        <translation>Eine Zeit ist eine Zahl von ms oder s, etwa took&gt;100ms oder took&gt;1.5s.</translation>
    </message>
    <message>
        <source>A time of day is written as 20:41 or 20:41:05.</source>
        <translation>Eine Uhrzeit schreibt man 20:41 oder 20:41:05.</translation>
    </message>
    <message>
        <source>A visitor, who has no account here.</source>
        <translation>Ein Besucher, der hier kein Konto hat.</translation>
    </message>
    <message>
        <source>About Authws Desktop</source>
        <translation>Über Authws Desktop</translation>
    </message>
    <message>
        <source>Accept</source>
        <translation>Annehmen</translation>
    </message>
    <message>
        <source>Accept them, and they can log in.</source>
        <translation>Nehmen Sie sie an, dann ist die Anmeldung möglich.</translation>
    </message>
    <message>
        <source>Accepted {names}. They can log in now.</source>
        <translation>{names} angenommen. Die Anmeldung ist jetzt möglich.</translation>
    </message>
    <message>
        <source>Account</source>
        <translation>Konto</translation>
    </message>
    <message>
        <source>Account or token ended ({code}).</source>
        <translation>Konto oder Token endete ({code}).</translation>
    </message>
    <message>
        <source>Accounts</source>
        <translation>Konten</translation>
    </message>
    <message>
        <source>Accounts that were made with them stay.</source>
        <translation>Konten, die damit angelegt wurden, bleiben.</translation>
    </message>
    <message>
        <source>Activity</source>
        <translation>Aktivität</translation>
    </message>
    <message>
        <source>Activity of the last 2 minutes</source>
        <translation>Aktivität der letzten 2 Minuten</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>Hinzufügen</translation>
    </message>
    <message>
        <source>Add &amp;virtual users…</source>
        <translation>&amp;Virtuelle Benutzer hinzufügen …</translation>
    </message>
    <message>
        <source>Add a column</source>
        <translation>Spalte hinzufügen</translation>
    </message>
    <message>
        <source>Add column…</source>
        <translation>Spalte hinzufügen…</translation>
    </message>
    <message>
        <source>Add virtual users</source>
        <translation>Virtuelle Benutzer hinzufügen</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>Adresse</translation>
    </message>
    <message>
        <source>Address in the snippets</source>
        <translation>Adresse in den Codebeispielen</translation>
    </message>
    <message>
        <source>Address on the cards</source>
        <translation>Adresse auf den Karten</translation>
    </message>
    <message>
        <source>Address to give out</source>
        <translation>Adresse zum Weitergeben</translation>
    </message>
    <message>
        <source>Address to show</source>
        <translation>Gezeigte Adresse</translation>
    </message>
    <message>
        <source>Addresses or networks of your own reverse proxies, such as 10.0.0.0/8: what they say of a client&apos;s address (X-Forwarded-For) is believed.</source>
        <translation>Adressen oder Netze eigener Reverse-Proxys, etwa 10.0.0.0/8: Was sie über die Adresse eines Clients sagen (X-Forwarded-For), wird geglaubt.</translation>
    </message>
    <message>
        <source>Administrative acts</source>
        <translation>Verwaltungshandlungen</translation>
    </message>
    <message>
        <source>After too many wrong passwords, people are listed here.</source>
        <translation>Nach zu vielen falschen Passwörtern stehen Betroffene hier.</translation>
    </message>
    <message>
        <source>All buffers</source>
        <translation>Alle Puffer</translation>
    </message>
    <message>
        <source>All nodes, half a second late</source>
        <translation>Alle Knoten, eine halbe Sekunde später</translation>
    </message>
    <message>
        <source>All that is kept</source>
        <translation>Alles, was aufbewahrt ist</translation>
    </message>
    <message>
        <source>Allow writing to the file and its folder, or choose another data folder; of PostgreSQL, name the server that is no standby.</source>
        <translation>Erlauben Sie das Schreiben in Datei und Ordner, oder wählen Sie einen anderen Datenordner; bei PostgreSQL nennen Sie den Server, der kein Standby ist.</translation>
    </message>
    <message>
        <source>Allow writing to the file and its folder.</source>
        <translation>Erlauben Sie das Schreiben in Datei und Ordner.</translation>
    </message>
    <message>
        <source>Allow {entry} from now on; nobody is disconnected.</source>
        <translation>Erlaubt {entry} ab jetzt; niemand wird getrennt.</translation>
    </message>
    <message>
        <source>Allowed host names</source>
        <translation>Erlaubte Hostnamen</translation>
    </message>
    <message>
        <source>Allowed origins</source>
        <translation>Erlaubte Ursprünge</translation>
    </message>
    <message>
        <source>Also the last 50 messages before</source>
        <translation>Auch die letzten 50 Nachrichten davor</translation>
    </message>
    <message>
        <source>Also what few people change</source>
        <translation>Auch, was wenige ändern</translation>
    </message>
    <message>
        <source>An announcement has at most {max_characters} characters; this one has {said}.</source>
        <translation>Eine Ansage hat höchstens {max_characters} Zeichen; diese hat {said}.</translation>
    </message>
    <message>
        <source>An announcement needs a text.</source>
        <translation>Eine Ansage braucht einen Text.</translation>
    </message>
    <message>
        <source>Announce</source>
        <translation>Ansagen</translation>
    </message>
    <message>
        <source>Announcement to everyone</source>
        <translation>Ansage an alle</translation>
    </message>
    <message>
        <source>Announce…</source>
        <translation>Ansagen …</translation>
    </message>
    <message>
        <source>Announce… (nobody is logged in)</source>
        <translation>Ansagen … (niemand ist angemeldet)</translation>
    </message>
    <message>
        <source>Another algorithm than HS256 is named.</source>
        <translation>Ein anderes Verfahren als HS256 ist genannt.</translation>
    </message>
    <message>
        <source>Answer within</source>
        <translation>Antwort binnen</translation>
    </message>
    <message>
        <source>Answers</source>
        <translation>Antworten</translation>
    </message>
    <message>
        <source>App</source>
        <translation>App</translation>
    </message>
    <message>
        <source>Approval: you accept each newcomer</source>
        <translation>Zustimmung: Sie lassen jeden Neuen herein</translation>
    </message>
    <message>
        <source>As</source>
        <translation>Als</translation>
    </message>
    <message>
        <source>As CSV…</source>
        <translation>Als CSV …</translation>
    </message>
    <message>
        <source>As JSON Lines…</source>
        <translation>Als JSON Lines …</translation>
    </message>
    <message>
        <source>As it was at {time}: {there}</source>
        <translation>Wie es um {time} war: {there}</translation>
    </message>
    <message>
        <source>As set below</source>
        <translation>Wie unten gesetzt</translation>
    </message>
    <message>
        <source>As the environment says</source>
        <translation>Wie die Umgebung sagt</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>Wie das System</translation>
    </message>
    <message>
        <source>Ask the host for a new one.</source>
        <translation>Bitten Sie den Gastgeber um eine neue.</translation>
    </message>
    <message>
        <source>Ask the host for one.</source>
        <translation>Bitten Sie den Gastgeber darum.</translation>
    </message>
    <message>
        <source>Ask the host to enable it.</source>
        <translation>Bitten Sie den Gastgeber, es zu aktivieren.</translation>
    </message>
    <message>
        <source>Ask the host to end those who are gone.</source>
        <translation>Bitten Sie den Gastgeber, die zu verabschieden, die fort sind.</translation>
    </message>
    <message>
        <source>Ask the host to look at them, then try again.</source>
        <translation>Bitten Sie den Gastgeber, sie anzusehen, und versuchen Sie es dann erneut.</translation>
    </message>
    <message>
        <source>Ask the recipient before it is sent a second time.</source>
        <translation>Fragen Sie den Empfänger, bevor Sie es ein zweites Mal senden.</translation>
    </message>
    <message>
        <source>Ask what to do</source>
        <translation>Fragen, was zu tun ist</translation>
    </message>
    <message>
        <source>Asked</source>
        <translation>Angefragt</translation>
    </message>
    <message>
        <source>Asking…</source>
        <translation>Frage nach…</translation>
    </message>
    <message>
        <source>Asks the page of this program, and sends nothing else.</source>
        <translation>Fragt die Seite dieses Programms und sendet sonst nichts.</translation>
    </message>
    <message>
        <source>At least 8 characters of any kind.</source>
        <translation>Mindestens 8 beliebige Zeichen.</translation>
    </message>
    <message>
        <source>At the start and once a day, the page of this program is asked. Off: nobody is asked.</source>
        <translation>Beim Start und einmal am Tag wird die Seite dieses Programms gefragt. Aus: Niemand wird gefragt.</translation>
    </message>
    <message>
        <source>Audit</source>
        <translation>Protokoll</translation>
    </message>
    <message>
        <source>Authws Desktop</source>
        <translation>Authws Desktop</translation>
    </message>
    <message>
        <source>Authws Desktop cannot start</source>
        <translation>Authws Desktop kann nicht starten</translation>
    </message>
    <message>
        <source>Authws Desktop is already open ({who}), but it does not answer. Wait a moment, or end that process, and start it again.</source>
        <translation>Authws Desktop ist schon offen ({who}), antwortet aber nicht. Warten Sie kurz, oder beenden Sie den Prozess und starten Sie neu.</translation>
    </message>
    <message>
        <source>B hides everything    W Wi-Fi…    F11 whole screen    Esc closes</source>
        <translation>B verbirgt alles    W WLAN …    F11 ganzer Bildschirm    Esc schließt</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>Zurück</translation>
    </message>
    <message>
        <source>Back to live</source>
        <translation>Zurück zu Live</translation>
    </message>
    <message>
        <source>Back to now</source>
        <translation>Zurück zum Jetzt</translation>
    </message>
    <message>
        <source>Back to the live traffic</source>
        <translation>Zurück zum laufenden Verkehr</translation>
    </message>
    <message>
        <source>Ban</source>
        <translation>Sperren</translation>
    </message>
    <message>
        <source>Ban address…</source>
        <translation>Adresse sperren …</translation>
    </message>
    <message>
        <source>Ban the address instead.</source>
        <translation>Sperren Sie stattdessen die Adresse.</translation>
    </message>
    <message>
        <source>Ban user…</source>
        <translation>Benutzer sperren …</translation>
    </message>
    <message>
        <source>Ban {whom}?</source>
        <translation>{whom} sperren?</translation>
    </message>
    <message>
        <source>Bandwidth</source>
        <translation>Bandbreite</translation>
    </message>
    <message>
        <source>Banned by the host ({code}).</source>
        <translation>Vom Gastgeber gesperrt ({code}).</translation>
    </message>
    <message>
        <source>Banned until</source>
        <translation>Gesperrt bis</translation>
    </message>
    <message>
        <source>Bans</source>
        <translation>Sperren</translation>
    </message>
    <message>
        <source>Bans…</source>
        <translation>Sperren …</translation>
    </message>
    <message>
        <source>Beyond every calendar.</source>
        <translation>Jenseits jedes Kalenders.</translation>
    </message>
    <message>
        <source>Both ways</source>
        <translation>Beide Richtungen</translation>
    </message>
    <message>
        <source>By time again, with what came meanwhile (Esc)</source>
        <translation>Wieder nach der Zeit, mit dem, was inzwischen kam (Esc)</translation>
    </message>
    <message>
        <source>Bytes</source>
        <translation>Bytes</translation>
    </message>
    <message>
        <source>CSV (*.csv)</source>
        <translation>CSV (*.csv)</translation>
    </message>
    <message>
        <source>CSV files (*.csv)</source>
        <translation>CSV-Dateien (*.csv)</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Abbrechen</translation>
    </message>
    <message>
        <source>Cancelled.</source>
        <translation>Abgebrochen.</translation>
    </message>
    <message>
        <source>Cancelled; no account was made.</source>
        <translation>Abgebrochen; kein Konto wurde angelegt.</translation>
    </message>
    <message>
        <source>Cannot listen on {host} port {port}: {value}.</source>
        <translation>Lauschen auf {host} Port {port} nicht möglich: {value}.</translation>
    </message>
    <message>
        <source>Certificate file</source>
        <translation>Zertifikatsdatei</translation>
    </message>
    <message>
        <source>Certificate until {date}, SHA-256 {code}</source>
        <translation>Zertifikat bis {date}, SHA-256 {code}</translation>
    </message>
    <message>
        <source>Certificate until {date}. SHA-256 of its authority: {code}</source>
        <translation>Zertifikat bis {date}. SHA-256 seiner Stelle: {code}</translation>
    </message>
    <message>
        <source>Change</source>
        <translation>Ändern</translation>
    </message>
    <message>
        <source>Change it there, or unset it to use a file.</source>
        <translation>Ändern Sie es dort, oder entfernen Sie es, um eine Datei zu verwenden.</translation>
    </message>
    <message>
        <source>Changed “{setting}” under Settings; it holds from now on.</source>
        <translation>„{setting}“ in den Einstellungen geändert; es gilt ab jetzt.</translation>
    </message>
    <message>
        <source>Chatter: each talks to everyone</source>
        <translation>Geplauder: Jeder spricht mit allen</translation>
    </message>
    <message>
        <source>Check again</source>
        <translation>Erneut prüfen</translation>
    </message>
    <message>
        <source>Check its brackets and quotes.</source>
        <translation>Prüfen Sie Klammern und Anführungszeichen.</translation>
    </message>
    <message>
        <source>Check that it can be reached and written, or choose another one.</source>
        <translation>Prüfen Sie, ob er erreichbar und beschreibbar ist, oder wählen Sie einen anderen.</translation>
    </message>
    <message>
        <source>Check the &amp;network…</source>
        <translation>&amp;Netzwerk prüfen …</translation>
    </message>
    <message>
        <source>Check the clocks of both computers.</source>
        <translation>Prüfen Sie die Uhren beider Computer.</translation>
    </message>
    <message>
        <source>Check the network</source>
        <translation>Netzwerk prüfen</translation>
    </message>
    <message>
        <source>Checking…</source>
        <translation>Wird geprüft …</translation>
    </message>
    <message>
        <source>Choose My network in the server bar to let others in.</source>
        <translation>Wählen Sie in der Serverleiste Mein Netzwerk, um andere hereinzulassen.</translation>
    </message>
    <message>
        <source>Choose a line to lift it.</source>
        <translation>Wählen Sie eine Zeile, um sie aufzuheben.</translation>
    </message>
    <message>
        <source>Choose a lower level or change the search.</source>
        <translation>Wählen Sie eine niedrigere Stufe oder ändern Sie die Suche.</translation>
    </message>
    <message>
        <source>Choose a row above to see what is in it.</source>
        <translation>Wählen Sie oben eine Zeile, um ihren Inhalt zu sehen.</translation>
    </message>
    <message>
        <source>Choose a time to come.</source>
        <translation>Wählen Sie eine künftige Zeit.</translation>
    </message>
    <message>
        <source>Choose another file or database.</source>
        <translation>Wählen Sie eine andere Datei oder Datenbank.</translation>
    </message>
    <message>
        <source>Choose another one to listen on.</source>
        <translation>Wählen Sie eine andere zum Lauschen.</translation>
    </message>
    <message>
        <source>Choose another one.</source>
        <translation>Wählen Sie einen anderen.</translation>
    </message>
    <message>
        <source>Choose one above 1023.</source>
        <translation>Wählen Sie einen über 1023.</translation>
    </message>
    <message>
        <source>Choose one or many; Ctrl+A chooses all.</source>
        <translation>Wählen Sie eine oder mehrere; Ctrl+A wählt alle.</translation>
    </message>
    <message>
        <source>Choose one to end it.</source>
        <translation>Wählen Sie eine, um sie zu beenden.</translation>
    </message>
    <message>
        <source>Choose one to see all about it, or many to act on them.</source>
        <translation>Wählen Sie eines, um alles darüber zu sehen, oder mehrere, um mit ihnen etwas zu tun.</translation>
    </message>
    <message>
        <source>Choose the {name}</source>
        <translation>{name} wählen</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>Wählen …</translation>
    </message>
    <message>
        <source>Chosen users</source>
        <translation>Gewählte Benutzer</translation>
    </message>
    <message>
        <source>Claim</source>
        <translation>Angabe</translation>
    </message>
    <message>
        <source>Claims</source>
        <translation>Angaben</translation>
    </message>
    <message>
        <source>Claims of the token</source>
        <translation>Angaben des Tokens</translation>
    </message>
    <message>
        <source>Clear</source>
        <translation>Leeren</translation>
    </message>
    <message>
        <source>Clear messages…</source>
        <translation>Nachrichten löschen …</translation>
    </message>
    <message>
        <source>Clear search</source>
        <translation>Suche leeren</translation>
    </message>
    <message>
        <source>Clear the messages kept?</source>
        <translation>Aufbewahrte Nachrichten löschen?</translation>
    </message>
    <message>
        <source>Clear {messages}</source>
        <translation>{messages} löschen</translation>
    </message>
    <message>
        <source>Cleared</source>
        <translation>Geleert</translation>
    </message>
    <message>
        <source>Cleared {messages}.</source>
        <translation>{messages} gelöscht.</translation>
    </message>
    <message>
        <source>Cleared {rows}.</source>
        <translation>{rows} geleert.</translation>
    </message>
    <message>
        <source>Client</source>
        <translation>Client</translation>
    </message>
    <message>
        <source>Clients</source>
        <translation>Clients</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Schließen</translation>
    </message>
    <message>
        <source>Close (Esc)</source>
        <translation>Schließen (Esc)</translation>
    </message>
    <message>
        <source>Close Authws Desktop?</source>
        <translation>Authws Desktop schließen?</translation>
    </message>
    <message>
        <source>Close now with</source>
        <translation>Jetzt trennen mit</translation>
    </message>
    <message>
        <source>Close that program, then try again.</source>
        <translation>Schließen Sie jenes Programm, und versuchen Sie es dann erneut.</translation>
    </message>
    <message>
        <source>Close that program.</source>
        <translation>Schließen Sie jenes Programm.</translation>
    </message>
    <message>
        <source>Close the detail</source>
        <translation>Einzelheiten schließen</translation>
    </message>
    <message>
        <source>Close this note</source>
        <translation>Diesen Hinweis schließen</translation>
    </message>
    <message>
        <source>Closed: only you make accounts</source>
        <translation>Geschlossen: Nur Sie legen Konten an</translation>
    </message>
    <message>
        <source>Closing the window</source>
        <translation>Fenster schließen</translation>
    </message>
    <message>
        <source>Cluster</source>
        <translation>Cluster</translation>
    </message>
    <message>
        <source>Code</source>
        <translation>Code</translation>
    </message>
    <message>
        <source>Code that joins the Wi-Fi {name}</source>
        <translation>Code, der ins WLAN {name} führt</translation>
    </message>
    <message>
        <source>Colours</source>
        <translation>Farben</translation>
    </message>
    <message>
        <source>Come in: scan, or type</source>
        <translation>Hereinkommen: scannen oder eintippen</translation>
    </message>
    <message>
        <source>Comment</source>
        <translation>Kommentar</translation>
    </message>
    <message>
        <source>Comment this row</source>
        <translation>Diese Zeile kommentieren</translation>
    </message>
    <message>
        <source>Comment…</source>
        <translation>Kommentar …</translation>
    </message>
    <message>
        <source>Compare the last two runs</source>
        <translation>Die letzten zwei Läufe vergleichen</translation>
    </message>
    <message>
        <source>Compare with a file…</source>
        <translation>Mit einer Datei vergleichen …</translation>
    </message>
    <message>
        <source>Compare with exported traffic</source>
        <translation>Mit exportiertem Verkehr vergleichen</translation>
    </message>
    <message>
        <source>Connect</source>
        <translation>Verbinden</translation>
    </message>
    <message>
        <source>Connect your program</source>
        <translation>Programm verbinden</translation>
    </message>
    <message>
        <source>Connected</source>
        <translation>Verbunden</translation>
    </message>
    <message>
        <source>Connected elsewhere</source>
        <translation>Anderswo verbunden</translation>
    </message>
    <message>
        <source>Connected users</source>
        <translation>Verbundene Benutzer</translation>
    </message>
    <message>
        <source>Connection</source>
        <translation>Verbindung</translation>
    </message>
    <message>
        <source>Connection #{number} {name}</source>
        <translation>Verbindung #{number} {name}</translation>
    </message>
    <message>
        <source>Connections</source>
        <translation>Verbindungen</translation>
    </message>
    <message>
        <source>Connections accepted at the same time.</source>
        <translation>So viele Verbindungen werden zugleich angenommen.</translation>
    </message>
    <message>
        <source>Connections are broken on purpose.</source>
        <translation>Verbindungen werden absichtlich gestört.</translation>
    </message>
    <message>
        <source>Connections from one address</source>
        <translation>Verbindungen je Adresse</translation>
    </message>
    <message>
        <source>Connections: {now} now, {most} at most in the last 2 minutes.</source>
        <translation>Verbindungen: jetzt {now}, höchstens {most} in den letzten 2 Minuten.</translation>
    </message>
    <message>
        <source>Content</source>
        <translation>Inhalt</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>Kopiert</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Kopieren</translation>
    </message>
    <message>
        <source>Copy &amp;web address</source>
        <translation>&amp;Webadresse kopieren</translation>
    </message>
    <message>
        <source>Copy as JSON</source>
        <translation>Als JSON kopieren</translation>
    </message>
    <message>
        <source>Copy both</source>
        <translation>Beides kopieren</translation>
    </message>
    <message>
        <source>Copy list</source>
        <translation>Liste kopieren</translation>
    </message>
    <message>
        <source>Copy name</source>
        <translation>Namen kopieren</translation>
    </message>
    <message>
        <source>Copy name and password</source>
        <translation>Name und Passwort kopieren</translation>
    </message>
    <message>
        <source>Copy names</source>
        <translation>Namen kopieren</translation>
    </message>
    <message>
        <source>Copy password</source>
        <translation>Passwort kopieren</translation>
    </message>
    <message>
        <source>Copy payload</source>
        <translation>Nutzdaten kopieren</translation>
    </message>
    <message>
        <source>Copy the WebSocket address</source>
        <translation>WebSocket-Adresse kopieren</translation>
    </message>
    <message>
        <source>Copy the address to try</source>
        <translation>Adresse zum Ausprobieren kopieren</translation>
    </message>
    <message>
        <source>Copy the chosen lines, or all that are shown</source>
        <translation>Gewählte Zeilen kopieren, oder alle gezeigten</translation>
    </message>
    <message>
        <source>Copy the payload as it was sent, without tokens and passwords</source>
        <translation>Nutzdaten kopieren, wie sie gesendet wurden, ohne Token und Passwörter</translation>
    </message>
    <message>
        <source>Copy the secret</source>
        <translation>Geheimnis kopieren</translation>
    </message>
    <message>
        <source>Copy the snippet for {language}</source>
        <translation>Codebeispiel für {language} kopieren</translation>
    </message>
    <message>
        <source>Copy the versions</source>
        <translation>Versionen kopieren</translation>
    </message>
    <message>
        <source>Copy the web address</source>
        <translation>Webadresse kopieren</translation>
    </message>
    <message>
        <source>Copy this message</source>
        <translation>Diese Meldung kopieren</translation>
    </message>
    <message>
        <source>Copy web address</source>
        <translation>Webadresse kopieren</translation>
    </message>
    <message>
        <source>Copy {what}</source>
        <translation>{what} kopieren</translation>
    </message>
    <message>
        <source>Correct it, or move it away to start with defaults.</source>
        <translation>Berichtigen Sie sie, oder legen Sie sie beiseite, um mit Vorgaben zu beginnen.</translation>
    </message>
    <message>
        <source>Correct the rights of the file and its folder, or choose another data folder.</source>
        <translation>Berichtigen Sie die Rechte von Datei und Ordner, oder wählen Sie einen anderen Datenordner.</translation>
    </message>
    <message>
        <source>Correct the rights of the file and its folder.</source>
        <translation>Berichtigen Sie die Rechte von Datei und Ordner.</translation>
    </message>
    <message>
        <source>Could not listen on {where}</source>
        <translation>Lauschen auf {where} nicht möglich</translation>
    </message>
    <message>
        <source>Counts by now.</source>
        <translation>Gilt inzwischen.</translation>
    </message>
    <message>
        <source>Counts only {ahead} from now.</source>
        <translation>Gilt erst in {ahead}.</translation>
    </message>
    <message>
        <source>Counts since {time}</source>
        <translation>Zählt seit {time}</translation>
    </message>
    <message>
        <source>Counts {time}</source>
        <translation>Zählt {time}</translation>
    </message>
    <message>
        <source>Create invitation</source>
        <translation>Einladung anlegen</translation>
    </message>
    <message>
        <source>Create one here and hand on its name and password, or make a test user with a token and ready snippets. People may also register by themselves while registration is open.</source>
        <translation>Legen Sie hier eines an und geben Sie Name und Passwort weiter, oder machen Sie einen Testbenutzer mit Token und fertigen Codebeispielen. Solange die Registrierung offen ist, kann man sich auch selbst registrieren.</translation>
    </message>
    <message>
        <source>Create user</source>
        <translation>Benutzer anlegen</translation>
    </message>
    <message>
        <source>Create {accounts}</source>
        <translation>{accounts} anlegen</translation>
    </message>
    <message>
        <source>Created</source>
        <translation>Angelegt</translation>
    </message>
    <message>
        <source>Created {accounts}.</source>
        <translation>{accounts} angelegt.</translation>
    </message>
    <message>
        <source>Created {accounts}. The passwords stay on the Accounts page until you put them away.</source>
        <translation>{accounts} angelegt. Die Passwörter bleiben auf der Seite Konten, bis Sie sie weglegen.</translation>
    </message>
    <message>
        <source>Created {accounts}. They log in with the passwords they have.</source>
        <translation>{accounts} angelegt. Man meldet sich mit den vorhandenen Passwörtern an.</translation>
    </message>
    <message>
        <source>Created {name}.</source>
        <translation>{name} angelegt.</translation>
    </message>
    <message>
        <source>Cut after</source>
        <translation>Abschneiden nach</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>Dunkel</translation>
    </message>
    <message>
        <source>Database address</source>
        <translation>Datenbankadresse</translation>
    </message>
    <message>
        <source>Database: {state}</source>
        <translation>Datenbank: {state}</translation>
    </message>
    <message>
        <source>Debug</source>
        <translation>Debug</translation>
    </message>
    <message>
        <source>Default: {default}</source>
        <translation>Vorgabe: {default}</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Löschen</translation>
    </message>
    <message>
        <source>Delete this user…</source>
        <translation>Diesen Benutzer löschen …</translation>
    </message>
    <message>
        <source>Delete {accounts}</source>
        <translation>{accounts} löschen</translation>
    </message>
    <message>
        <source>Delete {names}?</source>
        <translation>{names} löschen?</translation>
    </message>
    <message>
        <source>Deletes {who} for good and {ends}.</source>
        <translation>Löscht {who} endgültig und {ends}.</translation>
    </message>
    <message>
        <source>Delivery</source>
        <translation>Zustellung</translation>
    </message>
    <message>
        <source>Denies {names}.</source>
        <translation>Lehnt {names} ab.</translation>
    </message>
    <message>
        <source>Deny</source>
        <translation>Ablehnen</translation>
    </message>
    <message>
        <source>Deny {names}?</source>
        <translation>{names} ablehnen?</translation>
    </message>
    <message>
        <source>Deny…</source>
        <translation>Ablehnen …</translation>
    </message>
    <message>
        <source>Desktop</source>
        <translation>Desktop</translation>
    </message>
    <message>
        <source>Detail of the row</source>
        <translation>Einzelheiten der Zeile</translation>
    </message>
    <message>
        <source>Development</source>
        <translation>Entwicklung</translation>
    </message>
    <message>
        <source>Development writes a more detailed log.</source>
        <translation>„Entwicklung“ schreibt ein ausführlicheres Log.</translation>
    </message>
    <message>
        <source>Did not authenticate in time ({code}).</source>
        <translation>Meldete sich nicht rechtzeitig an ({code}).</translation>
    </message>
    <message>
        <source>Did the program mean “{value}”?</source>
        <translation>Meinte das Programm „{value}“?</translation>
    </message>
    <message>
        <source>Did you mean {each}?</source>
        <translation>Ist {each} gemeint?</translation>
    </message>
    <message>
        <source>Did you mean “{value}”?</source>
        <translation>Meinten Sie „{value}“?</translation>
    </message>
    <message>
        <source>Dir</source>
        <translation>Ri.</translation>
    </message>
    <message>
        <source>Direction</source>
        <translation>Richtung</translation>
    </message>
    <message>
        <source>Directs</source>
        <translation>Direkte</translation>
    </message>
    <message>
        <source>Directs among guests</source>
        <translation>Direktnachrichten unter Gästen</translation>
    </message>
    <message>
        <source>Disable</source>
        <translation>Deaktivieren</translation>
    </message>
    <message>
        <source>Disable {names}?</source>
        <translation>{names} deaktivieren?</translation>
    </message>
    <message>
        <source>Disables {who} and {ends}.</source>
        <translation>Deaktiviert {who} und {ends}.</translation>
    </message>
    <message>
        <source>Disconnect</source>
        <translation>Trennen</translation>
    </message>
    <message>
        <source>Disconnect everyone now ({clients}); all have to log in again</source>
        <translation>Alle jetzt trennen ({clients}); alle müssen sich neu anmelden</translation>
    </message>
    <message>
        <source>Disconnect {connections}?</source>
        <translation>{connections} trennen?</translation>
    </message>
    <message>
        <source>Disconnect {whom}?</source>
        <translation>{whom} trennen?</translation>
    </message>
    <message>
        <source>Disconnected by the host ({code}).</source>
        <translation>Vom Gastgeber getrennt ({code}).</translation>
    </message>
    <message>
        <source>Disconnects {connections} now, and refuses every new one.</source>
        <translation>Trennt jetzt {connections} und lehnt jede neue ab.</translation>
    </message>
    <message>
        <source>Do not ask again (Settings, Desktop)</source>
        <translation>Nicht mehr fragen (Einstellungen, Desktop)</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Fertig</translation>
    </message>
    <message>
        <source>Done as {client}. What followed is in the traffic.</source>
        <translation>Als {client} ausgeführt. Was folgte, steht im Verkehr.</translation>
    </message>
    <message>
        <source>Doubled</source>
        <translation>Verdoppelt</translation>
    </message>
    <message>
        <source>Drag to show only a part of the time; a double click shows all.</source>
        <translation>Ziehen zeigt nur einen Teil der Zeit; ein Doppelklick zeigt alles.</translation>
    </message>
    <message>
        <source>Drain</source>
        <translation>Leeren</translation>
    </message>
    <message>
        <source>Drain for</source>
        <translation>Abgeben über</translation>
    </message>
    <message>
        <source>Drain {node}?</source>
        <translation>{node} leeren?</translation>
    </message>
    <message>
        <source>Drain…</source>
        <translation>Leeren …</translation>
    </message>
    <message>
        <source>Each account gets a generated password of its own.</source>
        <translation>Jedes Konto bekommt ein eigenes erzeugtes Passwort.</translation>
    </message>
    <message>
        <source>Each node sends 2,000 rows a second at most.</source>
        <translation>Jeder Knoten sendet höchstens 2.000 Zeilen in der Sekunde.</translation>
    </message>
    <message>
        <source>Echo: each writes to the next one, who writes back</source>
        <translation>Echo: Jeder schreibt dem Nächsten, der zurückschreibt</translation>
    </message>
    <message>
        <source>Edit</source>
        <translation>Bearbeiten</translation>
    </message>
    <message>
        <source>Edit {names}</source>
        <translation>{names} bearbeiten</translation>
    </message>
    <message>
        <source>Empty for an open network.</source>
        <translation>Leer für ein offenes Netz.</translation>
    </message>
    <message>
        <source>Empty the view; can be undone for 10 s (Ctrl+L)</source>
        <translation>Ansicht leeren; 10 s lang rückgängig zu machen (Strg+L)</translation>
    </message>
    <message>
        <source>Empty: HS256 with this server&apos;s secret. Or public keys: a PEM or JWKS file, or a JWKS URL.</source>
        <translation>Leer: HS256 mit dem Geheimnis dieses Servers. Oder öffentliche Schlüssel: eine PEM- oder JWKS-Datei oder eine JWKS-URL.</translation>
    </message>
    <message>
        <source>Empty: SQLite in the data folder. Or an SQLAlchemy URL; takes effect at next launch.</source>
        <translation>Leer: SQLite im Datenordner. Oder eine SQLAlchemy-URL; gilt ab dem nächsten Start.</translation>
    </message>
    <message>
        <source>Empty: alone. redis://HOST:PORT/0?name=NAME: one of several (docs/cluster.md).</source>
        <translation>Leer: allein. redis://HOST:PORT/0?name=NAME: einer von mehreren (docs/cluster.md).</translation>
    </message>
    <message>
        <source>Empty: info in production, debug in development.</source>
        <translation>Leer: info im Betrieb, debug bei der Entwicklung.</translation>
    </message>
    <message>
        <source>Enable</source>
        <translation>Aktivieren</translation>
    </message>
    <message>
        <source>Enable the account to let them in.</source>
        <translation>Aktivieren Sie das Konto, um es hereinzulassen.</translation>
    </message>
    <message>
        <source>Enable {username} or lift the ban to let them in.</source>
        <translation>Aktivieren Sie {username}, oder heben Sie die Sperre auf, um hereinzulassen.</translation>
    </message>
    <message>
        <source>Enabled {names}.</source>
        <translation>{names} aktiviert.</translation>
    </message>
    <message>
        <source>End</source>
        <translation>Beenden</translation>
    </message>
    <message>
        <source>End all</source>
        <translation>Alle beenden</translation>
    </message>
    <message>
        <source>End all guests?</source>
        <translation>Alle Gäste verabschieden?</translation>
    </message>
    <message>
        <source>End faults</source>
        <translation>Störungen beenden</translation>
    </message>
    <message>
        <source>End guests</source>
        <translation>Gäste verabschieden</translation>
    </message>
    <message>
        <source>End guests…</source>
        <translation>Gäste verabschieden …</translation>
    </message>
    <message>
        <source>End {guests}…</source>
        <translation>{guests} verabschieden …</translation>
    </message>
    <message>
        <source>Ending connections…</source>
        <translation>Verbindungen werden beendet …</translation>
    </message>
    <message>
        <source>Ends</source>
        <translation>Endet</translation>
    </message>
    <message>
        <source>Ends after</source>
        <translation>Endet nach</translation>
    </message>
    <message>
        <source>Engine: {engine} · {envelopes} envelopes told, {items} items, {dropped} dropped</source>
        <translation>Engine: {engine} · {envelopes} Mitteilungen, {items} Einträge, {dropped} verworfen</translation>
    </message>
    <message>
        <source>Environment</source>
        <translation>Umgebung</translation>
    </message>
    <message>
        <source>Error</source>
        <translation>Fehler</translation>
    </message>
    <message>
        <source>Error &amp;before	Shift+F8</source>
        <translation>&amp;Voriger Fehler	Shift+F8</translation>
    </message>
    <message>
        <source>Errors</source>
        <translation>Fehler</translation>
    </message>
    <message>
        <source>Everybody behind the same router may share an address.</source>
        <translation>Alle hinter demselben Router können eine Adresse teilen.</translation>
    </message>
    <message>
        <source>Everyone</source>
        <translation>Alle</translation>
    </message>
    <message>
        <source>Everyone ({connections})</source>
        <translation>Alle ({connections})</translation>
    </message>
    <message>
        <source>Everything</source>
        <translation>Alles</translation>
    </message>
    <message>
        <source>Everything that passes shows up here. Programs connect to {address}</source>
        <translation>Alles, was hindurchgeht, erscheint hier. Programme verbinden sich mit {address}</translation>
    </message>
    <message>
        <source>Expired {time}</source>
        <translation>Abgelaufen {time}</translation>
    </message>
    <message>
        <source>Expired {value} ago.</source>
        <translation>Vor {value} abgelaufen.</translation>
    </message>
    <message>
        <source>Expires</source>
        <translation>Läuft ab</translation>
    </message>
    <message>
        <source>Expires in {value}.</source>
        <translation>Läuft in {value} ab.</translation>
    </message>
    <message>
        <source>Expires {time}</source>
        <translation>Läuft ab {time}</translation>
    </message>
    <message>
        <source>Export CSV</source>
        <translation>CSV exportieren</translation>
    </message>
    <message>
        <source>Export all</source>
        <translation>Alle exportieren</translation>
    </message>
    <message>
        <source>Export all acts</source>
        <translation>Alle Handlungen exportieren</translation>
    </message>
    <message>
        <source>Export all…</source>
        <translation>Alle exportieren …</translation>
    </message>
    <message>
        <source>Export and open</source>
        <translation>Exportieren und öffnen</translation>
    </message>
    <message>
        <source>Export filtered…</source>
        <translation>Gefilterte exportieren …</translation>
    </message>
    <message>
        <source>Export messages…</source>
        <translation>Nachrichten exportieren …</translation>
    </message>
    <message>
        <source>Export selected…</source>
        <translation>Gewählte exportieren …</translation>
    </message>
    <message>
        <source>Export {accounts}</source>
        <translation>{accounts} exportieren</translation>
    </message>
    <message>
        <source>Export {messages}</source>
        <translation>{messages} exportieren</translation>
    </message>
    <message>
        <source>Export {rows}</source>
        <translation>{rows} exportieren</translation>
    </message>
    <message>
        <source>Exported rows (*.jsonl)</source>
        <translation>Exportierte Zeilen (*.jsonl)</translation>
    </message>
    <message>
        <source>Exported {accounts} to {file}.</source>
        <translation>{accounts} nach {file} exportiert.</translation>
    </message>
    <message>
        <source>Exported {acts} to {file}.</source>
        <translation>{acts} nach {file} exportiert.</translation>
    </message>
    <message>
        <source>Exported {messages} to {file}.</source>
        <translation>{messages} nach {file} exportiert.</translation>
    </message>
    <message>
        <source>Exported {rows} to {file}.</source>
        <translation>{rows} nach {file} exportiert.</translation>
    </message>
    <message>
        <source>Exporting to {file}</source>
        <translation>Wird nach {file} exportiert</translation>
    </message>
    <message>
        <source>F&amp;ilter	/</source>
        <translation>F&amp;ilter	/</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Fehlgeschlagen</translation>
    </message>
    <message>
        <source>Failed logins</source>
        <translation>Fehlversuche</translation>
    </message>
    <message>
        <source>Failures</source>
        <translation>Fehlversuche</translation>
    </message>
    <message>
        <source>Failures in 15 minutes on an account before growing waits; an address may fail on five times as many accounts; 0: no limit.</source>
        <translation>Fehlversuche in 15 Minuten je Konto, bevor wachsende Wartezeiten beginnen; eine Adresse darf bei fünfmal so vielen Konten scheitern; 0: keine Grenze.</translation>
    </message>
    <message>
        <source>Fair</source>
        <translation>Mittel</translation>
    </message>
    <message>
        <source>Faults</source>
        <translation>Störungen</translation>
    </message>
    <message>
        <source>Faults that are on</source>
        <translation>Laufende Störungen</translation>
    </message>
    <message>
        <source>Field &apos;before&apos; must be the id of a message of this server.</source>
        <translation>Das Feld &apos;before&apos; muss die Kennung einer Nachricht dieses Servers sein.</translation>
    </message>
    <message>
        <source>Field &apos;id&apos; must be the id of a message of this server.</source>
        <translation>Das Feld &apos;id&apos; muss die Kennung einer Nachricht dieses Servers sein.</translation>
    </message>
    <message>
        <source>Field &apos;{value}&apos; is missing.</source>
        <translation>Das Feld &apos;{value}&apos; fehlt.</translation>
    </message>
    <message>
        <source>Field &apos;{value}&apos; must be {words}.</source>
        <translation>Das Feld &apos;{value}&apos; muss {words} sein.</translation>
    </message>
    <message>
        <source>Field &apos;{value}&apos;: {value_}.</source>
        <translation>Feld &apos;{value}&apos;: {value_}.</translation>
    </message>
    <message>
        <source>Files: your own certificate</source>
        <translation>Dateien: ein eigenes Zertifikat</translation>
    </message>
    <message>
        <source>Filter</source>
        <translation>Filter</translation>
    </message>
    <message>
        <source>Filter: words user: type: code: size&gt;1k /regex/ !not</source>
        <translation>Filter: Wörter user: type: code: size&gt;1k /regex/ !nicht</translation>
    </message>
    <message>
        <source>Find in this payload</source>
        <translation>In diesen Nutzdaten suchen</translation>
    </message>
    <message>
        <source>First client</source>
        <translation>Erster Client</translation>
    </message>
    <message>
        <source>Follow</source>
        <translation>Mitlaufen</translation>
    </message>
    <message>
        <source>Follow the system</source>
        <translation>Wie das System</translation>
    </message>
    <message>
        <source>Follow the system, or always light or dark.</source>
        <translation>Wie das System, oder immer hell oder dunkel.</translation>
    </message>
    <message>
        <source>For</source>
        <translation>Für</translation>
    </message>
    <message>
        <source>For PostgreSQL install authws-desktop[postgresql].</source>
        <translation>Für PostgreSQL installieren Sie authws-desktop[postgresql].</translation>
    </message>
    <message>
        <source>For a Linux or macOS shell with Node.js; then type messages as JSON.</source>
        <translation>Für eine Shell von Linux oder macOS mit Node.js; danach Nachrichten als JSON eintippen.</translation>
    </message>
    <message>
        <source>For a Linux or macOS shell.</source>
        <translation>Für eine Shell von Linux oder macOS.</translation>
    </message>
    <message>
        <source>For a class or event</source>
        <translation>Für eine Klasse oder Veranstaltung</translation>
    </message>
    <message>
        <source>For a day</source>
        <translation>Für einen Tag</translation>
    </message>
    <message>
        <source>For a week</source>
        <translation>Für eine Woche</translation>
    </message>
    <message>
        <source>For an hour</source>
        <translation>Für eine Stunde</translation>
    </message>
    <message>
        <source>For programs</source>
        <translation>Für Programme</translation>
    </message>
    <message>
        <source>For whom</source>
        <translation>Für wen</translation>
    </message>
    <message>
        <source>Forget this filter</source>
        <translation>Diesen Filter vergessen</translation>
    </message>
    <message>
        <source>Forget this message</source>
        <translation>Diese Nachricht vergessen</translation>
    </message>
    <message>
        <source>Fragments of</source>
        <translation>Stücke von</translation>
    </message>
    <message>
        <source>Frame over the size limit ({code}).</source>
        <translation>Frame über der Größengrenze ({code}).</translation>
    </message>
    <message>
        <source>Freeze the view; nothing is lost (Space)</source>
        <translation>Ansicht anhalten; nichts geht verloren (Leertaste)</translation>
    </message>
    <message>
        <source>From</source>
        <translation>Von</translation>
    </message>
    <message>
        <source>From clients only</source>
        <translation>Nur von Clients</translation>
    </message>
    <message>
        <source>From now on.</source>
        <translation>Ab jetzt.</translation>
    </message>
    <message>
        <source>From telling the others to hearing it back from the engine</source>
        <translation>Vom Mitteilen an die anderen bis zum Echo der Engine</translation>
    </message>
    <message>
        <source>Frozen: nothing passes, and nothing is closed</source>
        <translation>Eingefroren: Nichts geht hindurch, und nichts wird getrennt</translation>
    </message>
    <message>
        <source>Gaps</source>
        <translation>Lücken</translation>
    </message>
    <message>
        <source>Generate</source>
        <translation>Erzeugen</translation>
    </message>
    <message>
        <source>Generate a new one</source>
        <translation>Ein neues erzeugen</translation>
    </message>
    <message>
        <source>Give the account the role host, if it is to do this.</source>
        <translation>Geben Sie dem Konto die Rolle Gastgeber, wenn es dies tun soll.</translation>
    </message>
    <message>
        <source>Good</source>
        <translation>Gut</translation>
    </message>
    <message>
        <source>Guest</source>
        <translation>Gast</translation>
    </message>
    <message>
        <source>Guests</source>
        <translation>Gäste</translation>
    </message>
    <message>
        <source>Guests may come in by name</source>
        <translation>Gäste dürfen mit Namen herein</translation>
    </message>
    <message>
        <source>Guests may not write to each other here.</source>
        <translation>Gäste dürfen einander hier nicht schreiben.</translation>
    </message>
    <message>
        <source>Guests may write to each other</source>
        <translation>Gäste dürfen einander schreiben</translation>
    </message>
    <message>
        <source>HS256 needs a long random text.</source>
        <translation>HS256 braucht einen langen zufälligen Text.</translation>
    </message>
    <message>
        <source>HS256 needs a secret: a long random text.</source>
        <translation>HS256 braucht ein Geheimnis: einen langen zufälligen Text.</translation>
    </message>
    <message>
        <source>HS256 needs at least {min_secret_bytes} bytes: with fewer, tokens can be forged by trying secrets.</source>
        <translation>HS256 braucht mindestens {min_secret_bytes} Bytes: Mit weniger lassen sich Token durch Probieren fälschen.</translation>
    </message>
    <message>
        <source>Hand on the link of an invitation.</source>
        <translation>Geben Sie den Link einer Einladung weiter.</translation>
    </message>
    <message>
        <source>Header</source>
        <translation>Kopf</translation>
    </message>
    <message>
        <source>Hex</source>
        <translation>Hex</translation>
    </message>
    <message>
        <source>Hide password</source>
        <translation>Passwort verbergen</translation>
    </message>
    <message>
        <source>Hide the secret</source>
        <translation>Geheimnis verbergen</translation>
    </message>
    <message>
        <source>Hide this type</source>
        <translation>Diesen Typ ausblenden</translation>
    </message>
    <message>
        <source>Highlight</source>
        <translation>Hervorheben</translation>
    </message>
    <message>
        <source>History</source>
        <translation>Verlauf</translation>
    </message>
    <message>
        <source>History file</source>
        <translation>Verlaufsdatei</translation>
    </message>
    <message>
        <source>History from {oldest} to {newest}: {rows}, read-only.</source>
        <translation>Verlauf von {oldest} bis {newest}: {rows}, nur lesbar.</translation>
    </message>
    <message>
        <source>History…</source>
        <translation>Verlauf …</translation>
    </message>
    <message>
        <source>Holds for passwords that are set from now on; under 8 they are easily guessed.</source>
        <translation>Gilt für Passwörter, die ab jetzt gesetzt werden; unter 8 sind sie leicht zu raten.</translation>
    </message>
    <message>
        <source>Host</source>
        <translation>Gastgeber</translation>
    </message>
    <message>
        <source>How long</source>
        <translation>Wie lange</translation>
    </message>
    <message>
        <source>How long a login lasts; holds for tokens issued from now on.</source>
        <translation>Wie lange eine Anmeldung gilt; für Token, die ab jetzt ausgestellt werden.</translation>
    </message>
    <message>
        <source>How many</source>
        <translation>Wie viele</translation>
    </message>
    <message>
        <source>How many people.</source>
        <translation>Wie viele Personen.</translation>
    </message>
    <message>
        <source>How often an idle connection is pinged.</source>
        <translation>Wie oft eine untätige Verbindung angepingt wird.</translation>
    </message>
    <message>
        <source>Idle</source>
        <translation>Untätig</translation>
    </message>
    <message>
        <source>If it is forgotten, give a new one: Reset password.</source>
        <translation>Ist es vergessen, geben Sie ein neues: Passwort zurücksetzen.</translation>
    </message>
    <message>
        <source>If others cannot connect, allow the port.</source>
        <translation>Können sich andere nicht verbinden, geben Sie den Port frei.</translation>
    </message>
    <message>
        <source>If others cannot connect: Windows Security, Firewall &amp; network protection, Allow an app through firewall; or this line in a terminal run as administrator:</source>
        <translation>Können sich andere nicht verbinden: Windows-Sicherheit, Firewall- &amp; Netzwerkschutz, Zugriff von App durch Firewall zulassen; oder diese Zeile in einem Terminal als Administrator:</translation>
    </message>
    <message>
        <source>If others cannot connect: {macos_clicks}.</source>
        <translation>Können sich andere nicht verbinden: {macos_clicks}.</translation>
    </message>
    <message>
        <source>Import a list</source>
        <translation>Liste importieren</translation>
    </message>
    <message>
        <source>Import accounts</source>
        <translation>Konten importieren</translation>
    </message>
    <message>
        <source>Import it in parts.</source>
        <translation>Importieren Sie sie in Teilen.</translation>
    </message>
    <message>
        <source>Import…</source>
        <translation>Importieren …</translation>
    </message>
    <message>
        <source>In</source>
        <translation>Ein</translation>
    </message>
    <message>
        <source>In a client&apos;s name</source>
        <translation>Im Namen eines Clients</translation>
    </message>
    <message>
        <source>In a cluster, a server that stops sends its clients to the others over this long.</source>
        <translation>In einem Cluster übergibt ein stoppender Server seine Clients über diese Zeit an die anderen.</translation>
    </message>
    <message>
        <source>In the way</source>
        <translation>Im Weg</translation>
    </message>
    <message>
        <source>In/s</source>
        <translation>Ein/s</translation>
    </message>
    <message>
        <source>In: {now}/s now, {most}/s at most.</source>
        <translation>Ein: jetzt {now}/s, höchstens {most}/s.</translation>
    </message>
    <message>
        <source>Indent</source>
        <translation>Einrücken</translation>
    </message>
    <message>
        <source>Info</source>
        <translation>Info</translation>
    </message>
    <message>
        <source>Info and above</source>
        <translation>Info und höher</translation>
    </message>
    <message>
        <source>Inspect a token…</source>
        <translation>Token ansehen …</translation>
    </message>
    <message>
        <source>Invitations</source>
        <translation>Einladungen</translation>
    </message>
    <message>
        <source>Invite: whoever has an invitation code</source>
        <translation>Einladung: wer einen Einladungscode hat</translation>
    </message>
    <message>
        <source>Is the clock right?</source>
        <translation>Geht die Uhr richtig?</translation>
    </message>
    <message>
        <source>Issued</source>
        <translation>Ausgestellt</translation>
    </message>
    <message>
        <source>Issued by &apos;{issuer}&apos;, whose tokens you let in.</source>
        <translation>Ausgestellt von &apos;{issuer}&apos;, dessen Token Sie hereinlassen.</translation>
    </message>
    <message>
        <source>Issued by now.</source>
        <translation>Inzwischen ausgestellt.</translation>
    </message>
    <message>
        <source>Issued by this program.</source>
        <translation>Von diesem Programm ausgestellt.</translation>
    </message>
    <message>
        <source>Issued in the future, {time}</source>
        <translation>In der Zukunft ausgestellt, {time}</translation>
    </message>
    <message>
        <source>Issued only {ahead} from now.</source>
        <translation>Erst in {ahead} ausgestellt.</translation>
    </message>
    <message>
        <source>Issued {time}</source>
        <translation>Ausgestellt {time}</translation>
    </message>
    <message>
        <source>It answers at every address of this computer.</source>
        <translation>Er antwortet unter jeder Adresse dieses Computers.</translation>
    </message>
    <message>
        <source>It counts until their tokens expire or are revoked.</source>
        <translation>Es gilt, bis ihre Token ablaufen oder widerrufen werden.</translation>
    </message>
    <message>
        <source>It does not answer this computer itself at {names}.</source>
        <translation>Er antwortet diesem Computer selbst nicht unter {names}.</translation>
    </message>
    <message>
        <source>It does not fall asleep while clients are connected, where the system offers that.</source>
        <translation>Er schläft nicht ein, solange Clients verbunden sind, wo das System dies bietet.</translation>
    </message>
    <message>
        <source>It ends by itself, or when you lift it.</source>
        <translation>Sie endet von selbst, oder wenn Sie sie aufheben.</translation>
    </message>
    <message>
        <source>It is Windows itself (often IIS or the World Wide Web Publishing Service): stop it in Services.</source>
        <translation>Es ist Windows selbst (oft IIS oder der WWW-Publishingdienst): Beenden Sie es unter Dienste.</translation>
    </message>
    <message>
        <source>It is allowed by now.</source>
        <translation>Inzwischen ist es erlaubt.</translation>
    </message>
    <message>
        <source>It is one of {known}.</source>
        <translation>Es ist eines von {known}.</translation>
    </message>
    <message>
        <source>It may be AirPlay: System Settings, General, AirDrop &amp; Handoff, AirPlay Receiver.</source>
        <translation>Es kann AirPlay sein: Systemeinstellungen, Allgemein, AirDrop &amp; Handoff, AirPlay-Empfänger.</translation>
    </message>
    <message>
        <source>It stands before the content, as long as the program runs.</source>
        <translation>Er steht vor dem Inhalt, solange das Programm läuft.</translation>
    </message>
    <message>
        <source>It was left as it is. To do it all the same, press {button} again.</source>
        <translation>Es blieb, wie es war. Um es dennoch zu tun, drücken Sie noch einmal {button}.</translation>
    </message>
    <message>
        <source>Its network is gone, or its device sleeps, or its program was ended.</source>
        <translation>Sein Netz ist weg, oder sein Gerät schläft, oder sein Programm wurde beendet.</translation>
    </message>
    <message>
        <source>Its tokens are refused until they can.</source>
        <translation>Seine Token werden abgelehnt, bis sie es können.</translation>
    </message>
    <message>
        <source>JSON Lines (*.jsonl)</source>
        <translation>JSON Lines (*.jsonl)</translation>
    </message>
    <message>
        <source>JSON Lines, can be opened again (*.jsonl)</source>
        <translation>JSON Lines, lässt sich wieder öffnen (*.jsonl)</translation>
    </message>
    <message>
        <source>JSON Lines, can be replayed (*.jsonl)</source>
        <translation>JSON Lines, lässt sich abspielen (*.jsonl)</translation>
    </message>
    <message>
        <source>JSON has no {name}.</source>
        <translation>JSON kennt kein {name}.</translation>
    </message>
    <message>
        <source>JSON is malformed:</source>
        <translation>JSON ist fehlerhaft:</translation>
    </message>
    <message>
        <source>JWT_SECRET holds a key pair.</source>
        <translation>JWT_SECRET enthält ein Schlüsselpaar.</translation>
    </message>
    <message>
        <source>JWT_SECRET is not text.</source>
        <translation>JWT_SECRET ist kein Text.</translation>
    </message>
    <message>
        <source>JWT_SECRET is {secret} bytes long.</source>
        <translation>JWT_SECRET ist {secret} Bytes lang.</translation>
    </message>
    <message>
        <source>Join from a phone: scan the code, or open {address}.</source>
        <translation>Mit dem Handy dazu: Code scannen oder {address} öffnen.</translation>
    </message>
    <message>
        <source>Keep it on top</source>
        <translation>Oben behalten</translation>
    </message>
    <message>
        <source>Keep it on top, also for who comes later</source>
        <translation>Oben behalten, auch für alle, die später kommen</translation>
    </message>
    <message>
        <source>Keep messages for</source>
        <translation>Nachrichten aufbewahren</translation>
    </message>
    <message>
        <source>Keep messages for who was away</source>
        <translation>Nachrichten für Abwesende aufbewahren</translation>
    </message>
    <message>
        <source>Keep people connected; old tokens stay valid until they expire</source>
        <translation>Alle bleiben verbunden; alte Token gelten, bis sie ablaufen</translation>
    </message>
    <message>
        <source>Keep running in the tray</source>
        <translation>Im Infobereich weiterlaufen</translation>
    </message>
    <message>
        <source>Keep the audit for</source>
        <translation>Protokoll aufbewahren</translation>
    </message>
    <message>
        <source>Keep the computer awake</source>
        <translation>Computer wach halten</translation>
    </message>
    <message>
        <source>Keep the newest line in view</source>
        <translation>Neueste Zeile im Blick behalten</translation>
    </message>
    <message>
        <source>Keep the newest row in view (F)</source>
        <translation>Neueste Zeile im Blick behalten (F)</translation>
    </message>
    <message>
        <source>Keep the role each has</source>
        <translation>Jeder behält seine Rolle</translation>
    </message>
    <message>
        <source>Keep the server running</source>
        <translation>Server weiterlaufen lassen</translation>
    </message>
    <message>
        <source>Keep-alive every</source>
        <translation>Ping alle</translation>
    </message>
    <message>
        <source>Kept in a file of its own; survives a restart</source>
        <translation>In einer eigenen Datei; übersteht einen Neustart</translation>
    </message>
    <message>
        <source>Kept in {file}</source>
        <translation>Aufbewahrt in {file}</translation>
    </message>
    <message>
        <source>Kept sending over the rate limit ({code}).</source>
        <translation>Sendete weiter über der Rate ({code}).</translation>
    </message>
    <message>
        <source>Key file</source>
        <translation>Schlüsseldatei</translation>
    </message>
    <message>
        <source>Keys come from a file, or from an address such as https://login.example.org/.well-known/jwks.json.</source>
        <translation>Schlüssel kommen aus einer Datei oder von einer Adresse wie https://login.example.org/.well-known/jwks.json.</translation>
    </message>
    <message>
        <source>Keys of those tokens</source>
        <translation>Schlüssel dieser Token</translation>
    </message>
    <message>
        <source>Lag</source>
        <translation>Verzug</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>Sprache</translation>
    </message>
    <message>
        <source>Language of the window</source>
        <translation>Sprache des Fensters</translation>
    </message>
    <message>
        <source>Largest message</source>
        <translation>Größte Nachricht</translation>
    </message>
    <message>
        <source>Last login</source>
        <translation>Letzte Anmeldung</translation>
    </message>
    <message>
        <source>Last run</source>
        <translation>Letzter Lauf</translation>
    </message>
    <message>
        <source>Last seen</source>
        <translation>Zuletzt gesehen</translation>
    </message>
    <message>
        <source>Last used</source>
        <translation>Zuletzt genutzt</translation>
    </message>
    <message>
        <source>Late by</source>
        <translation>Verspätet um</translation>
    </message>
    <message>
        <source>Leave it empty for SQLite, or write postgresql://user:password@host/name.</source>
        <translation>Lassen Sie es leer für SQLite, oder schreiben Sie postgresql://user:password@host/name.</translation>
    </message>
    <message>
        <source>Leave it out to have a password generated.</source>
        <translation>Lassen Sie es weg, um ein Passwort erzeugen zu lassen.</translation>
    </message>
    <message>
        <source>Left out: {rows}</source>
        <translation>Ausgelassen: {rows}</translation>
    </message>
    <message>
        <source>Let everyone write to everyone; nobody is disconnected.</source>
        <translation>Alle dürfen allen schreiben; niemand wird getrennt.</translation>
    </message>
    <message>
        <source>Let guests in by name alone; nobody is disconnected.</source>
        <translation>Gäste kommen allein mit einem Namen herein; niemand wird getrennt.</translation>
    </message>
    <message>
        <source>Let in who has a token of another issuer: off; known: who has an account here; anyone.</source>
        <translation>Wer ein Token eines anderen Ausstellers hat, darf herein: off: nein; known: wer hier ein Konto hat; anyone: jeder.</translation>
    </message>
    <message>
        <source>Let my network in</source>
        <translation>Mein Netzwerk hereinlassen</translation>
    </message>
    <message>
        <source>Let the client log in again and use the new token.</source>
        <translation>Lassen Sie den Client sich neu anmelden und das neue Token verwenden.</translation>
    </message>
    <message>
        <source>Let them try again now</source>
        <translation>Erneuten Versuch erlauben</translation>
    </message>
    <message>
        <source>Let tokens run out now</source>
        <translation>Token jetzt ablaufen lassen</translation>
    </message>
    <message>
        <source>Let your network in?</source>
        <translation>Ihr Netzwerk hereinlassen?</translation>
    </message>
    <message>
        <source>Let {username} log in again, or hand on a new token.</source>
        <translation>Lassen Sie {username} sich neu anmelden, oder geben Sie ein neues Token weiter.</translation>
    </message>
    <message>
        <source>Lets this device trust that computer&apos;s server.</source>
        <translation>Lässt dieses Gerät dem Server jenes Computers vertrauen.</translation>
    </message>
    <message>
        <source>Lets {names} try again now.</source>
        <translation>{names} darf es jetzt wieder versuchen.</translation>
    </message>
    <message>
        <source>Level</source>
        <translation>Stufe</translation>
    </message>
    <message>
        <source>Life of the token</source>
        <translation>Gültigkeit des Tokens</translation>
    </message>
    <message>
        <source>Lift</source>
        <translation>Aufheben</translation>
    </message>
    <message>
        <source>Lift the ban to let them in.</source>
        <translation>Heben Sie die Sperre auf, um sie hereinzulassen.</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Hell</translation>
    </message>
    <message>
        <source>Line</source>
        <translation>Zeile</translation>
    </message>
    <message>
        <source>Line for a terminal</source>
        <translation>Zeile für ein Terminal</translation>
    </message>
    <message>
        <source>Line {line} has a quote too many or too few.</source>
        <translation>Zeile {line} hat ein Anführungszeichen zu viel oder zu wenig.</translation>
    </message>
    <message>
        <source>Line {line} of the file {file} cannot be understood; is a quotation mark missing?</source>
        <translation>Zeile {line} der Datei {file} ist nicht zu verstehen; fehlt ein Anführungszeichen?</translation>
    </message>
    <message>
        <source>Lines of the list</source>
        <translation>Zeilen der Liste</translation>
    </message>
    <message>
        <source>Link</source>
        <translation>Link</translation>
    </message>
    <message>
        <source>Link of the chosen invitation</source>
        <translation>Link der gewählten Einladung</translation>
    </message>
    <message>
        <source>Listen on</source>
        <translation>Lauschen auf</translation>
    </message>
    <message>
        <source>Listen on another address?</source>
        <translation>Auf einer anderen Adresse lauschen?</translation>
    </message>
    <message>
        <source>Listening on {places}, port {value}.</source>
        <translation>Lauscht auf {places}, Port {value}.</translation>
    </message>
    <message>
        <source>Lists (*.csv *.tsv *.txt *.json *.jsonl);;All files (*)</source>
        <translation>Listen (*.csv *.tsv *.txt *.json *.jsonl);;Alle Dateien (*)</translation>
    </message>
    <message>
        <source>Live</source>
        <translation>Live</translation>
    </message>
    <message>
        <source>Local: a certificate made here</source>
        <translation>Lokal: ein hier erstelltes Zertifikat</translation>
    </message>
    <message>
        <source>Lock-outs</source>
        <translation>Aussperrungen</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>Log</translation>
    </message>
    <message>
        <source>Log in again.</source>
        <translation>Melden Sie sich erneut an.</translation>
    </message>
    <message>
        <source>Log in within</source>
        <translation>Anmelden binnen</translation>
    </message>
    <message>
        <source>Log level</source>
        <translation>Log-Stufe</translation>
    </message>
    <message>
        <source>Logged in with this token already.</source>
        <translation>Mit diesem Token schon angemeldet.</translation>
    </message>
    <message>
        <source>Login cards</source>
        <translation>Anmeldekarten</translation>
    </message>
    <message>
        <source>Login cards for {accounts}</source>
        <translation>Anmeldekarten für {accounts}</translation>
    </message>
    <message>
        <source>Login cards…</source>
        <translation>Anmeldekarten …</translation>
    </message>
    <message>
        <source>Login refused</source>
        <translation>Anmeldung abgelehnt</translation>
    </message>
    <message>
        <source>Logins</source>
        <translation>Anmeldungen</translation>
    </message>
    <message>
        <source>Logs {who} out everywhere: {ends}.</source>
        <translation>Meldet {who} überall ab: {ends}.</translation>
    </message>
    <message>
        <source>Look at it again, then repeat what is still wanted.</source>
        <translation>Sehen Sie es noch einmal an, und wiederholen Sie dann, was noch gewünscht ist.</translation>
    </message>
    <message>
        <source>Look at this</source>
        <translation>Bitte ansehen</translation>
    </message>
    <message>
        <source>Look for a newer version</source>
        <translation>Nach neuerer Version suchen</translation>
    </message>
    <message>
        <source>Look for a typing error, or make one.</source>
        <translation>Suchen Sie nach einem Tippfehler, oder legen Sie eines an.</translation>
    </message>
    <message>
        <source>Look for a typing error: /openapi.json has every path.</source>
        <translation>Suchen Sie nach einem Tippfehler: /openapi.json hat jeden Pfad.</translation>
    </message>
    <message>
        <source>Look-around and back-references cannot be searched.</source>
        <translation>Umschau und Rückbezüge lassen sich nicht suchen.</translation>
    </message>
    <message>
        <source>Lost</source>
        <translation>Verloren</translation>
    </message>
    <message>
        <source>Lost, as the connection closed: {lost}.</source>
        <translation>Verloren, da die Verbindung endete: {lost}.</translation>
    </message>
    <message>
        <source>Lowest level shown</source>
        <translation>Niedrigste gezeigte Stufe</translation>
    </message>
    <message>
        <source>Made ready {done} of {all}</source>
        <translation>{done} von {all} vorbereitet</translation>
    </message>
    <message>
        <source>Made {when}</source>
        <translation>Erstellt {when}</translation>
    </message>
    <message>
        <source>Make a new code</source>
        <translation>Neuen Code erstellen</translation>
    </message>
    <message>
        <source>Make another invitation, and hand on its link.</source>
        <translation>Legen Sie eine andere Einladung an, und geben Sie ihren Link weiter.</translation>
    </message>
    <message>
        <source>Make it a test</source>
        <translation>Test daraus machen</translation>
    </message>
    <message>
        <source>Make it a test…</source>
        <translation>Test daraus machen …</translation>
    </message>
    <message>
        <source>Make room, then try again.</source>
        <translation>Schaffen Sie Platz, und versuchen Sie es dann erneut.</translation>
    </message>
    <message>
        <source>Make room.</source>
        <translation>Schaffen Sie Platz.</translation>
    </message>
    <message>
        <source>Make the account yourself, or let anybody register; nobody is disconnected.</source>
        <translation>Legen Sie das Konto selbst an, oder lassen Sie jeden sich registrieren; niemand wird getrennt.</translation>
    </message>
    <message>
        <source>Mark</source>
        <translation>Markieren</translation>
    </message>
    <message>
        <source>Marks rows without hiding the others; same language as the filter.</source>
        <translation>Markiert Zeilen, ohne die anderen auszublenden; gleiche Sprache wie der Filter.</translation>
    </message>
    <message>
        <source>Meaning</source>
        <translation>Bedeutung</translation>
    </message>
    <message>
        <source>Meant for another service.</source>
        <translation>Für einen anderen Dienst bestimmt.</translation>
    </message>
    <message>
        <source>Meanwhile {rows} made room for new ones.</source>
        <translation>Inzwischen machten {rows} neuen Platz.</translation>
    </message>
    <message>
        <source>Median</source>
        <translation>Median</translation>
    </message>
    <message>
        <source>Member</source>
        <translation>Mitglied</translation>
    </message>
    <message>
        <source>Memory for rows</source>
        <translation>Speicher für Zeilen</translation>
    </message>
    <message>
        <source>Message</source>
        <translation>Nachricht</translation>
    </message>
    <message>
        <source>Message as JSON</source>
        <translation>Nachricht als JSON</translation>
    </message>
    <message>
        <source>Message burst</source>
        <translation>Nachrichtenstoß</translation>
    </message>
    <message>
        <source>Message rate</source>
        <translation>Nachrichtenrate</translation>
    </message>
    <message>
        <source>Messages</source>
        <translation>Nachrichten</translation>
    </message>
    <message>
        <source>Messages a connection may send at once before the rate applies.</source>
        <translation>So viele Nachrichten darf eine Verbindung auf einmal senden, bevor die Rate gilt.</translation>
    </message>
    <message>
        <source>Messages a second each connection may send; 0 switches the limit off.</source>
        <translation>Nachrichten je Sekunde und Verbindung; 0 schaltet die Grenze ab.</translation>
    </message>
    <message>
        <source>Messages in a second</source>
        <translation>Nachrichten ein je Sekunde</translation>
    </message>
    <message>
        <source>Messages kept</source>
        <translation>Aufbewahrte Nachrichten</translation>
    </message>
    <message>
        <source>Messages of each</source>
        <translation>Nachrichten von jedem</translation>
    </message>
    <message>
        <source>Messages out a second</source>
        <translation>Nachrichten aus je Sekunde</translation>
    </message>
    <message>
        <source>Messages out: {now}/s now, {most}/s at most.</source>
        <translation>Nachrichten aus: jetzt {now}/s, höchstens {most}/s.</translation>
    </message>
    <message>
        <source>MiB</source>
        <translation>MiB</translation>
    </message>
    <message>
        <source>Minimise and keep running</source>
        <translation>Minimieren und weiterlaufen</translation>
    </message>
    <message>
        <source>More or less</source>
        <translation>Mehr oder weniger</translation>
    </message>
    <message>
        <source>Move it away to begin a new one.</source>
        <translation>Legen Sie sie beiseite, um eine neue zu beginnen.</translation>
    </message>
    <message>
        <source>Move the folder away to make new ones.</source>
        <translation>Legen Sie den Ordner beiseite, um neue zu erstellen.</translation>
    </message>
    <message>
        <source>Move the folder {folder} away and start the server again; devices then have to trust it anew.</source>
        <translation>Legen Sie den Ordner {folder} beiseite und starten Sie den Server neu; Geräte müssen ihm dann neu vertrauen.</translation>
    </message>
    <message>
        <source>My network</source>
        <translation>Mein Netzwerk</translation>
    </message>
    <message>
        <source>My network  ·  every address of this computer</source>
        <translation>Mein Netzwerk  ·  jede Adresse dieses Computers</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Name</translation>
    </message>
    <message>
        <source>Name in the network</source>
        <translation>Name im Netzwerk</translation>
    </message>
    <message>
        <source>Name its file in Settings, Security, or let one be made.</source>
        <translation>Nennen Sie seine Datei unter Einstellungen, Sicherheit, oder lassen Sie eines erstellen.</translation>
    </message>
    <message>
        <source>Names</source>
        <translation>Namen</translation>
    </message>
    <message>
        <source>Names and passwords</source>
        <translation>Namen und Passwörter</translation>
    </message>
    <message>
        <source>Names are compared without regard to case.</source>
        <translation>Groß- und Kleinschreibung zählt bei Namen nicht.</translation>
    </message>
    <message>
        <source>Names, besides this computer&apos;s own, by which clients may address the server, such as hub.example.org or *.example.org.</source>
        <translation>Namen neben denen dieses Computers, unter denen Clients den Server ansprechen dürfen, etwa hub.example.org oder *.example.org.</translation>
    </message>
    <message>
        <source>Needs Qt 6 with its module WebSockets.</source>
        <translation>Braucht Qt 6 mit seinem Modul WebSockets.</translation>
    </message>
    <message>
        <source>Neither ufw nor firewalld is on.</source>
        <translation>Weder ufw noch firewalld ist an.</translation>
    </message>
    <message>
        <source>Network</source>
        <translation>Netzwerk</translation>
    </message>
    <message>
        <source>Never</source>
        <translation>Nie</translation>
    </message>
    <message>
        <source>New devices first open {url}</source>
        <translation>Neue Geräte öffnen zuerst {url}</translation>
    </message>
    <message>
        <source>New password</source>
        <translation>Neues Passwort</translation>
    </message>
    <message>
        <source>New passwords; nobody else knows them.</source>
        <translation>Neue Passwörter; niemand sonst kennt sie.</translation>
    </message>
    <message>
        <source>New secret</source>
        <translation>Neues Geheimnis</translation>
    </message>
    <message>
        <source>New test user</source>
        <translation>Neuer Testbenutzer</translation>
    </message>
    <message>
        <source>New traffic shows up here.</source>
        <translation>Neuer Verkehr erscheint hier.</translation>
    </message>
    <message>
        <source>New user</source>
        <translation>Neuer Benutzer</translation>
    </message>
    <message>
        <source>Newcomers see</source>
        <translation>Neue sehen</translation>
    </message>
    <message>
        <source>Newcomers wait here once registration needs your approval.</source>
        <translation>Neue warten hier, sobald die Registrierung Ihre Zustimmung braucht.</translation>
    </message>
    <message>
        <source>Newer</source>
        <translation>Neuer</translation>
    </message>
    <message>
        <source>Next &amp;error	F8</source>
        <translation>&amp;Nächster Fehler	F8</translation>
    </message>
    <message>
        <source>Next (Return)</source>
        <translation>Weiter (Eingabe)</translation>
    </message>
    <message>
        <source>Next sheet</source>
        <translation>Nächster Bogen</translation>
    </message>
    <message>
        <source>No account chosen</source>
        <translation>Kein Konto gewählt</translation>
    </message>
    <message>
        <source>No account matches “{search}”</source>
        <translation>Kein Konto passt zu „{search}“</translation>
    </message>
    <message>
        <source>No accounts yet</source>
        <translation>Noch keine Konten</translation>
    </message>
    <message>
        <source>No act matches</source>
        <translation>Keine Handlung passt</translation>
    </message>
    <message>
        <source>No certificate is chosen.</source>
        <translation>Kein Zertifikat ist gewählt.</translation>
    </message>
    <message>
        <source>No connection has this in name, address or app.</source>
        <translation>Keine Verbindung hat dies in Name, Adresse oder App.</translation>
    </message>
    <message>
        <source>No connection is broken on purpose.</source>
        <translation>Keine Verbindung wird absichtlich gestört.</translation>
    </message>
    <message>
        <source>No firewall is in the way: neither ufw, firewalld nor nftables filters.</source>
        <translation>Keine Firewall ist im Weg: Weder ufw noch firewalld noch nftables filtert.</translation>
    </message>
    <message>
        <source>No firewall that this program knows was found (ufw, firewalld, nftables).</source>
        <translation>Keine Firewall, die dieses Programm kennt, wurde gefunden (ufw, firewalld, nftables).</translation>
    </message>
    <message>
        <source>No invitation yet. Create one above and hand on its link.</source>
        <translation>Noch keine Einladung. Legen Sie oben eine an und geben Sie ihren Link weiter.</translation>
    </message>
    <message>
        <source>No key is chosen.</source>
        <translation>Kein Schlüssel ist gewählt.</translation>
    </message>
    <message>
        <source>No line can be used.</source>
        <translation>Keine Zeile ist brauchbar.</translation>
    </message>
    <message>
        <source>No line matches</source>
        <translation>Keine Zeile passt</translation>
    </message>
    <message>
        <source>No messages are kept.</source>
        <translation>Keine Nachrichten werden aufbewahrt.</translation>
    </message>
    <message>
        <source>No row chosen</source>
        <translation>Keine Zeile gewählt</translation>
    </message>
    <message>
        <source>No row passes the filter</source>
        <translation>Keine Zeile passiert den Filter</translation>
    </message>
    <message>
        <source>No rule of Windows Defender Firewall lets this program in on {name} networks.</source>
        <translation>Keine Regel der Windows Defender Firewall lässt dieses Programm in Netzen der Art {name} herein.</translation>
    </message>
    <message>
        <source>No token counts now.</source>
        <translation>Kein Token gilt gerade.</translation>
    </message>
    <message>
        <source>No traffic yet</source>
        <translation>Noch kein Verkehr</translation>
    </message>
    <message>
        <source>Open its page</source>
        <translation>Ihre Seite öffnen</translation>
    </message>
    <message>
        <source>Quitting stops the server, which disconnects them.</source>
        <translation>Beenden stoppt den Server und trennt sie.</translation>
    </message>
    <message>
        <source>Tell of newer versions</source>
        <translation>Neuere Versionen melden</translation>
    </message>
    <message>
        <source>The page of this program cannot be reached.</source>
        <translation>Die Seite dieses Programms ist nicht erreichbar.</translation>
    </message>
    <message>
        <source>The page of this program gave an answer that is not understood.</source>
        <translation>Die Seite dieses Programms gab eine Antwort, die nicht verstanden wird.</translation>
    </message>
    <message>
        <source>The page of this program told no version that can be compared.</source>
        <translation>Die Seite dieses Programms nannte keine vergleichbare Version.</translation>
    </message>
    <message>
        <source>There is no field &apos;{value}&apos; here.</source>
        <translation>Hier gibt es kein Feld „{value}“.</translation>
    </message>
    <message>
        <source>This is the newest version.</source>
        <translation>Das ist die neueste Version.</translation>
    </message>
    <message>
        <source>Version {version} is there.</source>
        <translation>Version {version} ist da.</translation>
    </message>
    <message>
        <source>Version {version} is there. About Authws Desktop, in the menu Help, leads to it.</source>
        <translation>Version {version} ist da. „Über Authws Desktop“ im Menü Hilfe führt zu ihr.</translation>
    </message>
    <message>
        <source>another port, such as {next_free}</source>
        <translation>einen anderen Port, etwa {next_free}</translation>
    </message>
    <message>
        <source>compiled</source>
        <translation>kompiliert</translation>
    </message>
    <message>
        <source>is wrong at character {value}</source>
        <translation>ist bei Zeichen {value} falsch</translation>
    </message>
    <message>
        <source>it ends too early (byte {data})</source>
        <translation>es endet zu früh (Byte {data})</translation>
    </message>
    <message>
        <source>No, not with the same frame.</source>
        <translation>Nein, nicht mit demselben Frame.</translation>
    </message>
    <message>
        <source>No.</source>
        <translation>Nein.</translation>
    </message>
    <message>
        <source>Nobody found</source>
        <translation>Niemand gefunden</translation>
    </message>
    <message>
        <source>Nobody has to wait</source>
        <translation>Niemand muss warten</translation>
    </message>
    <message>
        <source>Nobody is banned. Choose somebody on the Live page to ban the user or the address.</source>
        <translation>Niemand ist gesperrt. Wählen Sie auf der Seite Live jemanden, um den Benutzer oder die Adresse zu sperren.</translation>
    </message>
    <message>
        <source>Nobody is connected</source>
        <translation>Niemand ist verbunden</translation>
    </message>
    <message>
        <source>Nobody is disconnected now; new connections and logins are refused.</source>
        <translation>Niemand wird jetzt getrennt; neue Verbindungen und Anmeldungen werden abgelehnt.</translation>
    </message>
    <message>
        <source>Nobody is disconnected.</source>
        <translation>Niemand wird getrennt.</translation>
    </message>
    <message>
        <source>Nobody is here yet</source>
        <translation>Noch ist niemand da</translation>
    </message>
    <message>
        <source>Nobody is known by that id or name.</source>
        <translation>Niemand ist unter dieser Kennung oder diesem Namen bekannt.</translation>
    </message>
    <message>
        <source>Nobody is known by the id or name in &apos;with&apos;.</source>
        <translation>Niemand ist unter der Kennung oder dem Namen in &apos;with&apos; bekannt.</translation>
    </message>
    <message>
        <source>Nobody is logged in, so nothing was sent.</source>
        <translation>Niemand ist angemeldet, also wurde nichts gesendet.</translation>
    </message>
    <message>
        <source>Nobody waits.</source>
        <translation>Niemand wartet.</translation>
    </message>
    <message>
        <source>Nobody waits: registration does not ask for your approval now.</source>
        <translation>Niemand wartet: Die Registrierung verlangt Ihre Zustimmung zurzeit nicht.</translation>
    </message>
    <message>
        <source>Node</source>
        <translation>Knoten</translation>
    </message>
    <message>
        <source>Node {name} of {count} · {here} here · {all} in all</source>
        <translation>Knoten {name} von {count} · {here} hier · {all} insgesamt</translation>
    </message>
    <message>
        <source>Nodes</source>
        <translation>Knoten</translation>
    </message>
    <message>
        <source>None of the chosen users is connected any more, so nothing was sent.</source>
        <translation>Keiner der gewählten Benutzer ist noch verbunden, also wurde nichts gesendet.</translation>
    </message>
    <message>
        <source>Not a token: ASCII text of up to {max_token_chars} characters.</source>
        <translation>Kein Token: ASCII-Text von höchstens {max_token_chars} Zeichen.</translation>
    </message>
    <message>
        <source>Not acknowledged yet.</source>
        <translation>Noch nicht bestätigt.</translation>
    </message>
    <message>
        <source>Not issued by &apos;{issuer}&apos;.</source>
        <translation>Nicht von &apos;{issuer}&apos; ausgestellt.</translation>
    </message>
    <message>
        <source>Not logged in</source>
        <translation>Nicht angemeldet</translation>
    </message>
    <message>
        <source>Not three parts of JSON and signature in base64url.</source>
        <translation>Nicht drei Teile JSON und Signatur in base64url.</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>Hinweis</translation>
    </message>
    <message>
        <source>Nothing</source>
        <translation>Nichts</translation>
    </message>
    <message>
        <source>Nothing has been logged yet</source>
        <translation>Noch wurde nichts geloggt</translation>
    </message>
    <message>
        <source>Nothing is kept yet. What passes from now on shows up here.</source>
        <translation>Noch ist nichts aufbewahrt. Was ab jetzt hindurchgeht, erscheint hier.</translation>
    </message>
    <message>
        <source>Nothing is kept, and everybody has an account.</source>
        <translation>Nichts wird aufbewahrt, und alle haben ein Konto.</translation>
    </message>
    <message>
        <source>Nothing is saved any more, and the file is left as it is.</source>
        <translation>Nichts wird mehr gespeichert, und die Datei bleibt, wie sie ist.</translation>
    </message>
    <message>
        <source>Nothing is saved any more.</source>
        <translation>Nichts wird mehr gespeichert.</translation>
    </message>
    <message>
        <source>Nothing like this is in it.</source>
        <translation>Nichts dergleichen ist darin.</translation>
    </message>
    <message>
        <source>Nothing was changed.</source>
        <translation>Nichts wurde geändert.</translation>
    </message>
    <message>
        <source>Nothing was done yet</source>
        <translation>Noch wurde nichts getan</translation>
    </message>
    <message>
        <source>Of a recording, each says what its first user said, over and over.</source>
        <translation>Aus einer Aufzeichnung sagt jeder wieder und wieder, was ihr erster Benutzer sagte.</translation>
    </message>
    <message>
        <source>Of any kind, from one address of another computer; a whole class or event may share one.</source>
        <translation>Jeder Art, von einer Adresse eines anderen Computers; eine ganze Klasse oder Veranstaltung kann eine teilen.</translation>
    </message>
    <message>
        <source>Of anyone</source>
        <translation>Von jedem</translation>
    </message>
    <message>
        <source>Of people with an account</source>
        <translation>Von Personen mit Konto</translation>
    </message>
    <message>
        <source>Of the messages kept: nothing, what was said since their account was made, also the last 50 before, or all.</source>
        <translation>Von den aufbewahrten Nachrichten: nichts, was seit Anlegen des Kontos gesagt wurde, auch die letzten 50 davor, oder alles.</translation>
    </message>
    <message>
        <source>Of the web client, such as en, de or pt-BR. Empty: each browser&apos;s own.</source>
        <translation>Des Webclients, etwa en, de oder pt-BR. Leer: die des jeweiligen Browsers.</translation>
    </message>
    <message>
        <source>Of these late: {late}, the last one after {after_s}.</source>
        <translation>Davon verspätet: {late}, der letzte nach {after_s}.</translation>
    </message>
    <message>
        <source>Off</source>
        <translation>Aus</translation>
    </message>
    <message>
        <source>Off: a guest cannot write to another guest alone.</source>
        <translation>Aus: Ein Gast kann keinem anderen Gast allein schreiben.</translation>
    </message>
    <message>
        <source>Off: plain http and ws</source>
        <translation>Aus: einfaches http und ws</translation>
    </message>
    <message>
        <source>Older</source>
        <translation>Älter</translation>
    </message>
    <message>
        <source>Older ones are forgotten; a message for somebody who is away waits as long.</source>
        <translation>Ältere werden vergessen; eine Nachricht für jemanden, der fort ist, wartet so lange.</translation>
    </message>
    <message>
        <source>Older rows are dropped when their payloads take more than this.</source>
        <translation>Ältere Zeilen fallen weg, wenn ihre Nutzdaten mehr als dies belegen.</translation>
    </message>
    <message>
        <source>On</source>
        <translation>Ein</translation>
    </message>
    <message>
        <source>On now</source>
        <translation>Jetzt laufend</translation>
    </message>
    <message>
        <source>On top: {text}</source>
        <translation>Oben: {text}</translation>
    </message>
    <message>
        <source>On: people come in by name alone, without a password. They end when the server stops.</source>
        <translation>Ein: Man kommt allein mit einem Namen herein, ohne Passwort. Gäste enden, wenn der Server stoppt.</translation>
    </message>
    <message>
        <source>On: the web client sends pictures, shrunk to 1,280 pixels and 300 kB.</source>
        <translation>Ein: Der Webclient sendet Bilder, verkleinert auf 1.280 Pixel und 300 kB.</translation>
    </message>
    <message>
        <source>Once</source>
        <translation>Einmal</translation>
    </message>
    <message>
        <source>One connection</source>
        <translation>Eine Verbindung</translation>
    </message>
    <message>
        <source>One person a line: a name, and if you like a password and a role (member or host), separated by comma, semicolon or tab. Who has no password gets a generated one. A table of users with bcrypt hashes, as CSV or JSON, moves in with the passwords they have.</source>
        <translation>Eine Person je Zeile: ein Name und, wenn Sie mögen, ein Passwort und eine Rolle (member oder host), getrennt durch Komma, Semikolon oder Tabulator. Wer kein Passwort hat, bekommt ein erzeugtes. Eine Tabelle mit bcrypt-Hashes, als CSV oder JSON, zieht mit ihren Passwörtern um.</translation>
    </message>
    <message>
        <source>Only after a new login.</source>
        <translation>Erst nach neuer Anmeldung.</translation>
    </message>
    <message>
        <source>Only frames can be sent again</source>
        <translation>Nur Frames können erneut gesendet werden</translation>
    </message>
    <message>
        <source>Only hosts</source>
        <translation>Nur Gastgeber</translation>
    </message>
    <message>
        <source>Only hosts write to everyone</source>
        <translation>Nur Gastgeber schreiben allen</translation>
    </message>
    <message>
        <source>Only the beginning of this frame was kept</source>
        <translation>Von diesem Frame wurde nur der Anfang behalten</translation>
    </message>
    <message>
        <source>Only the host may write to everyone now.</source>
        <translation>Nur der Gastgeber darf jetzt allen schreiben.</translation>
    </message>
    <message>
        <source>Only the node that they are connected to knows their address</source>
        <translation>Nur der Knoten, mit dem sie verbunden sind, kennt ihre Adresse</translation>
    </message>
    <message>
        <source>Only this computer can come in now.</source>
        <translation>Nur dieser Computer kann jetzt herein.</translation>
    </message>
    <message>
        <source>Only this computer can open the address now. Others need it to find the login.</source>
        <translation>Nur dieser Computer kann die Adresse jetzt öffnen. Andere brauchen sie, um zur Anmeldung zu finden.</translation>
    </message>
    <message>
        <source>Only this computer can open this address.</source>
        <translation>Nur dieser Computer kann diese Adresse öffnen.</translation>
    </message>
    <message>
        <source>Only this computer can reach it.</source>
        <translation>Nur dieser Computer kann ihn erreichen.</translation>
    </message>
    <message>
        <source>Only you see it.</source>
        <translation>Nur Sie sehen es.</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Öffnen</translation>
    </message>
    <message>
        <source>Open Authws Desktop</source>
        <translation>Authws Desktop öffnen</translation>
    </message>
    <message>
        <source>Open a file…</source>
        <translation>Datei öffnen …</translation>
    </message>
    <message>
        <source>Open a list of names</source>
        <translation>Namensliste öffnen</translation>
    </message>
    <message>
        <source>Open account</source>
        <translation>Konto öffnen</translation>
    </message>
    <message>
        <source>Open exported traffic</source>
        <translation>Exportierten Verkehr öffnen</translation>
    </message>
    <message>
        <source>Open in browser</source>
        <translation>Im Browser öffnen</translation>
    </message>
    <message>
        <source>Open this address in a browser on this computer.</source>
        <translation>Öffnen Sie diese Adresse in einem Browser auf diesem Computer.</translation>
    </message>
    <message>
        <source>Open {address} in a browser here, or let other devices in.</source>
        <translation>Öffnen Sie {address} hier in einem Browser, oder lassen Sie andere Geräte herein.</translation>
    </message>
    <message>
        <source>Open: anyone who reaches the server</source>
        <translation>Offen: jeder, der den Server erreicht</translation>
    </message>
    <message>
        <source>Opening {file}</source>
        <translation>{file} wird geöffnet</translation>
    </message>
    <message>
        <source>Opening {where}…</source>
        <translation>{where} wird geöffnet …</translation>
    </message>
    <message>
        <source>Opens this window and starts the server when you log in to this computer.</source>
        <translation>Öffnet dieses Fenster und startet den Server, wenn Sie sich an diesem Computer anmelden.</translation>
    </message>
    <message>
        <source>Optional. They are told it when they are disconnected or refused.</source>
        <translation>Freiwillig. Betroffene erfahren ihn beim Trennen oder Ablehnen.</translation>
    </message>
    <message>
        <source>Or allow twice as many from each address; nobody is disconnected.</source>
        <translation>Oder erlauben Sie je Adresse doppelt so viele; niemand wird getrennt.</translation>
    </message>
    <message>
        <source>Or give everyone twice the time to log in; nobody is disconnected.</source>
        <translation>Oder geben Sie allen doppelt so viel Zeit zum Anmelden; niemand wird getrennt.</translation>
    </message>
    <message>
        <source>Or let everyone send frames twice as large; nobody is disconnected.</source>
        <translation>Oder lassen Sie alle doppelt so große Frames senden; niemand wird getrennt.</translation>
    </message>
    <message>
        <source>Or let twice as much wait for who reads slowly; nobody is disconnected.</source>
        <translation>Oder lassen Sie doppelt so viel auf langsame Leser warten; niemand wird getrennt.</translation>
    </message>
    <message>
        <source>Or remove the rule as administrator:</source>
        <translation>Oder entfernen Sie die Regel als Administrator:</translation>
    </message>
    <message>
        <source>Or use that copy, or quit it first.</source>
        <translation>Oder nutzen Sie jene Kopie, oder beenden Sie sie zuerst.</translation>
    </message>
    <message>
        <source>Others in this network use {port}{adapter}.</source>
        <translation>Andere in diesem Netzwerk nutzen {port}{adapter}.</translation>
    </message>
    <message>
        <source>Others may use {port}, but {adapter} is a virtual network or a VPN.</source>
        <translation>Andere können {port} nutzen, aber {adapter} ist ein virtuelles Netz oder ein VPN.</translation>
    </message>
    <message>
        <source>Others reach this server: break their connections, too</source>
        <translation>Andere erreichen diesen Server: auch ihre Verbindungen stören</translation>
    </message>
    <message>
        <source>Out</source>
        <translation>Aus</translation>
    </message>
    <message>
        <source>Out/s</source>
        <translation>Aus/s</translation>
    </message>
    <message>
        <source>Outcome</source>
        <translation>Ergebnis</translation>
    </message>
    <message>
        <source>PDF files (*.pdf)</source>
        <translation>PDF-Dateien (*.pdf)</translation>
    </message>
    <message>
        <source>PEM files (*.pem *.crt *.cer *.key);;All files (*)</source>
        <translation>PEM-Dateien (*.pem *.crt *.cer *.key);;Alle Dateien (*)</translation>
    </message>
    <message>
        <source>PEM without a password; for your own files.</source>
        <translation>PEM ohne Passwort; für eigene Dateien.</translation>
    </message>
    <message>
        <source>PEM, with the chain below it; for your own files.</source>
        <translation>PEM, darunter die Kette; für eigene Dateien.</translation>
    </message>
    <message>
        <source>Pages of {origin} may not connect.</source>
        <translation>Seiten von {origin} dürfen sich nicht verbinden.</translation>
    </message>
    <message>
        <source>Paper</source>
        <translation>Papier</translation>
    </message>
    <message>
        <source>Part</source>
        <translation>Teil</translation>
    </message>
    <message>
        <source>Parts of the token</source>
        <translation>Teile des Tokens</translation>
    </message>
    <message>
        <source>Password</source>
        <translation>Passwort</translation>
    </message>
    <message>
        <source>Password strength: {strength}</source>
        <translation>Passwortstärke: {strength}</translation>
    </message>
    <message>
        <source>Paste</source>
        <translation>Einfügen</translation>
    </message>
    <message>
        <source>Paste a token here: three parts with dots between them.</source>
        <translation>Fügen Sie hier ein Token ein: drei Teile mit Punkten dazwischen.</translation>
    </message>
    <message>
        <source>Paste a token to see what it says and whether this server accepts it.</source>
        <translation>Fügen Sie ein Token ein, um zu sehen, was es sagt und ob dieser Server es annimmt.</translation>
    </message>
    <message>
        <source>Paste it into the console of a page on this server, or into a page&apos;s script.</source>
        <translation>Fügen Sie es in die Konsole einer Seite auf diesem Server ein, oder in das Skript einer Seite.</translation>
    </message>
    <message>
        <source>Path</source>
        <translation>Pfad</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Pause</translation>
    </message>
    <message>
        <source>Payload as JSON</source>
        <translation>Nutzdaten als JSON</translation>
    </message>
    <message>
        <source>Payload as bytes</source>
        <translation>Nutzdaten als Bytes</translation>
    </message>
    <message>
        <source>Payload as text</source>
        <translation>Nutzdaten als Text</translation>
    </message>
    <message>
        <source>People</source>
        <translation>Personen</translation>
    </message>
    <message>
        <source>People who are logged in</source>
        <translation>Personen, die angemeldet sind</translation>
    </message>
    <message>
        <source>People, invitations, or who waits</source>
        <translation>Personen, Einladungen, oder wer wartet</translation>
    </message>
    <message>
        <source>Phones join by scanning the code. The password is not kept when the program ends.</source>
        <translation>Handys treten durch Scannen bei. Das Passwort wird nach Programmende nicht aufbewahrt.</translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation>Bilder</translation>
    </message>
    <message>
        <source>Pictures in the web client</source>
        <translation>Bilder im Webclient</translation>
    </message>
    <message>
        <source>Ping</source>
        <translation>Ping</translation>
    </message>
    <message>
        <source>Port</source>
        <translation>Port</translation>
    </message>
    <message>
        <source>Port {port} is in use by {who}.</source>
        <translation>Port {port} wird von {who} benutzt.</translation>
    </message>
    <message>
        <source>Presence</source>
        <translation>Präsenz</translation>
    </message>
    <message>
        <source>Press / and then Escape to empty the filter, or choose more kinds of rows above.</source>
        <translation>Drücken Sie / und dann Escape, um den Filter zu leeren, oder wählen Sie oben mehr Arten von Zeilen.</translation>
    </message>
    <message>
        <source>Press Start above to let people connect.</source>
        <translation>Drücken Sie oben Starten, damit sich andere verbinden können.</translation>
    </message>
    <message>
        <source>Press Start to listen on {where}</source>
        <translation>Drücken Sie Starten, um auf {where} zu lauschen</translation>
    </message>
    <message>
        <source>Press Start, then check again.</source>
        <translation>Drücken Sie Starten, und prüfen Sie erneut.</translation>
    </message>
    <message>
        <source>Pretty</source>
        <translation>Formatiert</translation>
    </message>
    <message>
        <source>Preview</source>
        <translation>Vorschau</translation>
    </message>
    <message>
        <source>Preview of the sheet</source>
        <translation>Vorschau des Bogens</translation>
    </message>
    <message>
        <source>Previous (Shift+Return)</source>
        <translation>Zurück (Umschalt+Eingabe)</translation>
    </message>
    <message>
        <source>Previous sheet</source>
        <translation>Voriger Bogen</translation>
    </message>
    <message>
        <source>Print the PDF at its real size, then cut along the lines.</source>
        <translation>Drucken Sie das PDF in Originalgröße und schneiden Sie an den Linien.</translation>
    </message>
    <message>
        <source>Production</source>
        <translation>Betrieb</translation>
    </message>
    <message>
        <source>Program</source>
        <translation>Programm</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Fortschritt</translation>
    </message>
    <message>
        <source>Projector</source>
        <translation>Projektor</translation>
    </message>
    <message>
        <source>Put away</source>
        <translation>Weglegen</translation>
    </message>
    <message>
        <source>Put away: the password is not kept anywhere</source>
        <translation>Weglegen: Das Passwort ist nirgends aufbewahrt</translation>
    </message>
    <message>
        <source>Put it back, or begin a new one.</source>
        <translation>Legen Sie sie zurück, oder beginnen Sie eine neue.</translation>
    </message>
    <message>
        <source>Put one name on each line.</source>
        <translation>Schreiben Sie einen Namen je Zeile.</translation>
    </message>
    <message>
        <source>Put the file back, or ban somebody, which writes it again.</source>
        <translation>Legen Sie die Datei zurück, oder sperren Sie jemanden, was sie neu schreibt.</translation>
    </message>
    <message>
        <source>Put the file back, or renew the secret, which writes it again.</source>
        <translation>Legen Sie die Datei zurück, oder erneuern Sie das Geheimnis, was sie neu schreibt.</translation>
    </message>
    <message>
        <source>Put the file back, or restart the program to begin with what is there.</source>
        <translation>Legen Sie die Datei zurück, oder starten Sie das Programm neu, um mit dem zu beginnen, was da ist.</translation>
    </message>
    <message>
        <source>Put the file back, or save a setting, which writes it again.</source>
        <translation>Legen Sie die Datei zurück, oder speichern Sie eine Einstellung, was sie neu schreibt.</translation>
    </message>
    <message>
        <source>Put the right file in its place, then restart the program.</source>
        <translation>Legen Sie die richtige Datei an ihren Platz, und starten Sie das Programm neu.</translation>
    </message>
    <message>
        <source>QR code of {address}</source>
        <translation>QR-Code von {address}</translation>
    </message>
    <message>
        <source>QR code of {address}. Press Escape to close.</source>
        <translation>QR-Code von {address}. Escape schließt ihn.</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>Beenden</translation>
    </message>
    <message>
        <source>Quit and lose the passwords?</source>
        <translation>Beenden und die Passwörter verlieren?</translation>
    </message>
    <message>
        <source>Raise its limit (ulimit -n, or LimitNOFILE of a service) to {needed} and start it again.</source>
        <translation>Heben Sie seine Grenze (ulimit -n, oder LimitNOFILE eines Dienstes) auf {needed} an, und starten Sie es neu.</translation>
    </message>
    <message>
        <source>Raw</source>
        <translation>Roh</translation>
    </message>
    <message>
        <source>Reachable from: {scope}</source>
        <translation>Erreichbar von: {scope}</translation>
    </message>
    <message>
        <source>Reached from this computer. Now try it from another one.</source>
        <translation>Von diesem Computer erreicht. Versuchen Sie es jetzt von einem anderen.</translation>
    </message>
    <message>
        <source>Reached from {address} in {time} ms</source>
        <translation>Erreicht von {address} in {time} ms</translation>
    </message>
    <message>
        <source>Read line {done} of {all}</source>
        <translation>Zeile {done} von {all} gelesen</translation>
    </message>
    <message>
        <source>Reads too slowly ({code}).</source>
        <translation>Liest zu langsam ({code}).</translation>
    </message>
    <message>
        <source>Real accounts with real connections, in a process of their own. Their names begin with bot-, and they are removed at the end.</source>
        <translation>Echte Konten mit echten Verbindungen, in einem eigenen Prozess. Ihre Namen beginnen mit bot-, und am Ende werden sie entfernt.</translation>
    </message>
    <message>
        <source>Reason</source>
        <translation>Grund</translation>
    </message>
    <message>
        <source>Received</source>
        <translation>Empfangen</translation>
    </message>
    <message>
        <source>Received; nothing was passed on.</source>
        <translation>Empfangen; nichts wurde weitergegeben.</translation>
    </message>
    <message>
        <source>Recording {file}</source>
        <translation>Aufzeichnung {file}</translation>
    </message>
    <message>
        <source>Refused</source>
        <translation>Abgelehnt</translation>
    </message>
    <message>
        <source>Registration</source>
        <translation>Registrierung</translation>
    </message>
    <message>
        <source>Registration is closed: invitations do not work.</source>
        <translation>Die Registrierung ist geschlossen: Einladungen wirken nicht.</translation>
    </message>
    <message>
        <source>Registration is open: nobody needs an invitation.</source>
        <translation>Die Registrierung ist offen: Niemand braucht eine Einladung.</translation>
    </message>
    <message>
        <source>Registration needs an invitation code.</source>
        <translation>Die Registrierung braucht einen Einladungscode.</translation>
    </message>
    <message>
        <source>Registration needs your approval: invitations are not asked for.</source>
        <translation>Die Registrierung braucht Ihre Zustimmung: Nach Einladungen wird nicht gefragt.</translation>
    </message>
    <message>
        <source>Registrations</source>
        <translation>Registrierungen</translation>
    </message>
    <message>
        <source>Registrations in 15 minutes from one address; 0 switches the limit off.</source>
        <translation>Registrierungen in 15 Minuten je Adresse; 0 schaltet die Grenze ab.</translation>
    </message>
    <message>
        <source>Remember this message</source>
        <translation>Diese Nachricht merken</translation>
    </message>
    <message>
        <source>Remove it after the event.</source>
        <translation>Entfernen Sie es nach der Veranstaltung.</translation>
    </message>
    <message>
        <source>Remove it, or write {settings_version}.</source>
        <translation>Entfernen Sie sie, oder schreiben Sie {settings_version}.</translation>
    </message>
    <message>
        <source>Remove it.</source>
        <translation>Entfernen Sie es.</translation>
    </message>
    <message>
        <source>Repair it, or move it away to start without bans.</source>
        <translation>Reparieren Sie sie, oder legen Sie sie beiseite, um ohne Sperren zu beginnen.</translation>
    </message>
    <message>
        <source>Replace</source>
        <translation>Ersetzen</translation>
    </message>
    <message>
        <source>Replace it.</source>
        <translation>Ersetzen Sie es.</translation>
    </message>
    <message>
        <source>Replace the signing secret</source>
        <translation>Signaturgeheimnis ersetzen</translation>
    </message>
    <message>
        <source>Replace…</source>
        <translation>Ersetzen …</translation>
    </message>
    <message>
        <source>Request</source>
        <translation>Anfrage</translation>
    </message>
    <message>
        <source>Require approval</source>
        <translation>Zustimmung verlangen</translation>
    </message>
    <message>
        <source>Require invitations</source>
        <translation>Einladungen verlangen</translation>
    </message>
    <message>
        <source>Resend</source>
        <translation>Erneut senden</translation>
    </message>
    <message>
        <source>Resend…</source>
        <translation>Erneut senden …</translation>
    </message>
    <message>
        <source>Reset password</source>
        <translation>Passwort zurücksetzen</translation>
    </message>
    <message>
        <source>Reset password of {name}</source>
        <translation>Passwort von {name} zurücksetzen</translation>
    </message>
    <message>
        <source>Reset passwords</source>
        <translation>Passwörter zurücksetzen</translation>
    </message>
    <message>
        <source>Reset passwords of {accounts}</source>
        <translation>Passwörter von {accounts} zurücksetzen</translation>
    </message>
    <message>
        <source>Response</source>
        <translation>Antwort</translation>
    </message>
    <message>
        <source>Restore it from a backup, or move it away to start with no accounts.</source>
        <translation>Stellen Sie sie aus einer Sicherung wieder her, oder legen Sie sie beiseite, um ohne Konten zu beginnen.</translation>
    </message>
    <message>
        <source>Restore it from a backup, or move it away: then a new secret is made and everyone logs in again.</source>
        <translation>Stellen Sie sie aus einer Sicherung wieder her, oder legen Sie sie beiseite: Dann wird ein neues Geheimnis erstellt, und alle melden sich neu an.</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Weiter</translation>
    </message>
    <message>
        <source>Revert</source>
        <translation>Zurücknehmen</translation>
    </message>
    <message>
        <source>Revoke</source>
        <translation>Widerrufen</translation>
    </message>
    <message>
        <source>Revoke all</source>
        <translation>Alle widerrufen</translation>
    </message>
    <message>
        <source>Revoke all sessions of {whom}?</source>
        <translation>Alle Sitzungen von {whom} widerrufen?</translation>
    </message>
    <message>
        <source>Revoke all…</source>
        <translation>Alle widerrufen …</translation>
    </message>
    <message>
        <source>Revoke invitations?</source>
        <translation>Einladungen widerrufen?</translation>
    </message>
    <message>
        <source>Revoke some that are no longer needed.</source>
        <translation>Widerrufen Sie einige, die nicht mehr gebraucht werden.</translation>
    </message>
    <message>
        <source>Revokes {invitations}. Their links stop working at once.</source>
        <translation>Widerruft {invitations}. Ihre Links wirken sofort nicht mehr.</translation>
    </message>
    <message>
        <source>Revokes {sessions} and ends {connections}.</source>
        <translation>Widerruft {sessions} und beendet {connections}.</translation>
    </message>
    <message>
        <source>Revoke…</source>
        <translation>Widerrufen …</translation>
    </message>
    <message>
        <source>Role</source>
        <translation>Rolle</translation>
    </message>
    <message>
        <source>Roles are &apos;host&apos; and &apos;member&apos;.</source>
        <translation>Rollen sind &apos;host&apos; und &apos;member&apos;.</translation>
    </message>
    <message>
        <source>Room</source>
        <translation>Raum</translation>
    </message>
    <message>
        <source>Round trip of the last WebSocket ping</source>
        <translation>Umlaufzeit des letzten WebSocket-Pings</translation>
    </message>
    <message>
        <source>Rows</source>
        <translation>Zeilen</translation>
    </message>
    <message>
        <source>Rows after these</source>
        <translation>Zeilen danach</translation>
    </message>
    <message>
        <source>Rows before these</source>
        <translation>Zeilen davor</translation>
    </message>
    <message>
        <source>Rows kept</source>
        <translation>Behaltene Zeilen</translation>
    </message>
    <message>
        <source>Rows of all nodes</source>
        <translation>Zeilen aller Knoten</translation>
    </message>
    <message>
        <source>Rows side by side</source>
        <translation>Zeilen nebeneinander</translation>
    </message>
    <message>
        <source>Rules of nftables can be read by root only; to see them:</source>
        <translation>Regeln von nftables kann nur root lesen; um sie zu sehen:</translation>
    </message>
    <message>
        <source>Running</source>
        <translation>Läuft</translation>
    </message>
    <message>
        <source>S&amp;ort by</source>
        <translation>S&amp;ortieren nach</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>Speichern</translation>
    </message>
    <message>
        <source>Save (Ctrl+S)</source>
        <translation>Speichern (Strg+S)</translation>
    </message>
    <message>
        <source>Save CSV…</source>
        <translation>CSV speichern …</translation>
    </message>
    <message>
        <source>Save and disconnect?</source>
        <translation>Speichern und trennen?</translation>
    </message>
    <message>
        <source>Save as PDF…</source>
        <translation>Als PDF speichern …</translation>
    </message>
    <message>
        <source>Save it as &apos;CSV UTF-8&apos; and try again.</source>
        <translation>Speichern Sie sie als &apos;CSV UTF-8&apos;, und versuchen Sie es erneut.</translation>
    </message>
    <message>
        <source>Save it as Client.cs and add it to an object of the scene.</source>
        <translation>Speichern Sie es als Client.cs, und fügen Sie es einem Objekt der Szene hinzu.</translation>
    </message>
    <message>
        <source>Save it as Client.java.</source>
        <translation>Speichern Sie es als Client.java.</translation>
    </message>
    <message>
        <source>Save it as UTF-8.</source>
        <translation>Speichern Sie es als UTF-8.</translation>
    </message>
    <message>
        <source>Save it as client.mjs.</source>
        <translation>Speichern Sie es als client.mjs.</translation>
    </message>
    <message>
        <source>Save login cards</source>
        <translation>Anmeldekarten speichern</translation>
    </message>
    <message>
        <source>Save names and passwords</source>
        <translation>Namen und Passwörter speichern</translation>
    </message>
    <message>
        <source>Save this filter</source>
        <translation>Diesen Filter speichern</translation>
    </message>
    <message>
        <source>Saved filters</source>
        <translation>Gespeicherte Filter</translation>
    </message>
    <message>
        <source>Saved {file}. It holds passwords: delete it once the cards are printed.</source>
        <translation>{file} gespeichert. Sie enthält Passwörter: Löschen Sie sie, wenn die Karten gedruckt sind.</translation>
    </message>
    <message>
        <source>Saved {file}. It holds passwords: delete it once they are handed on.</source>
        <translation>{file} gespeichert. Sie enthält Passwörter: Löschen Sie sie, wenn sie weitergegeben sind.</translation>
    </message>
    <message>
        <source>Saved.</source>
        <translation>Gespeichert.</translation>
    </message>
    <message>
        <source>Say this to everyone who is logged in</source>
        <translation>Allen Angemeldeten dies sagen</translation>
    </message>
    <message>
        <source>Scan the code with a phone in the same network. It proves more than any setting.</source>
        <translation>Scannen Sie den Code mit einem Handy im selben Netzwerk. Das beweist mehr als jede Einstellung.</translation>
    </message>
    <message>
        <source>Scan the code, or open</source>
        <translation>Code scannen oder öffnen:</translation>
    </message>
    <message>
        <source>Scan the code, or open this address in a browser.</source>
        <translation>Scannen Sie den Code, oder öffnen Sie diese Adresse in einem Browser.</translation>
    </message>
    <message>
        <source>Scope set by {source}</source>
        <translation>Reichweite gesetzt durch {source}</translation>
    </message>
    <message>
        <source>Search  /</source>
        <translation>Suchen  /</translation>
    </message>
    <message>
        <source>Search accounts</source>
        <translation>Konten suchen</translation>
    </message>
    <message>
        <source>Search accounts  /</source>
        <translation>Konten suchen  /</translation>
    </message>
    <message>
        <source>Search connected users</source>
        <translation>Verbundene Benutzer suchen</translation>
    </message>
    <message>
        <source>Search settings</source>
        <translation>Einstellungen suchen</translation>
    </message>
    <message>
        <source>Search the acts</source>
        <translation>Handlungen suchen</translation>
    </message>
    <message>
        <source>Search the log</source>
        <translation>Log durchsuchen</translation>
    </message>
    <message>
        <source>Search users</source>
        <translation>Benutzer suchen</translation>
    </message>
    <message>
        <source>Security</source>
        <translation>Sicherheit</translation>
    </message>
    <message>
        <source>Seed of chance</source>
        <translation>Startwert des Zufalls</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>Senden</translation>
    </message>
    <message>
        <source>Send (Ctrl+Return)</source>
        <translation>Senden (Strg+Eingabe)</translation>
    </message>
    <message>
        <source>Send as server</source>
        <translation>Als Server senden</translation>
    </message>
    <message>
        <source>Send as server… (to whom is chosen below, or to everyone)</source>
        <translation>Als Server senden … (an die unten Gewählten, oder an alle)</translation>
    </message>
    <message>
        <source>Send buffer</source>
        <translation>Sendepuffer</translation>
    </message>
    <message>
        <source>Send it again when the recipient is there.</source>
        <translation>Senden Sie es erneut, wenn der Empfänger da ist.</translation>
    </message>
    <message>
        <source>Send it as UTF-8.</source>
        <translation>Senden Sie es als UTF-8.</translation>
    </message>
    <message>
        <source>Send message…</source>
        <translation>Nachricht senden …</translation>
    </message>
    <message>
        <source>Send this frame again…</source>
        <translation>Dieses Frame erneut senden …</translation>
    </message>
    <message>
        <source>Sent</source>
        <translation>Gesendet</translation>
    </message>
    <message>
        <source>Sent to {connections}</source>
        <translation>Gesendet an {connections}</translation>
    </message>
    <message>
        <source>Sent to {connections}.</source>
        <translation>Gesendet an {connections}.</translation>
    </message>
    <message>
        <source>Separated by commas · default none</source>
        <translation>Durch Kommas getrennt · Vorgabe keine</translation>
    </message>
    <message>
        <source>Server is stopping ({code}).</source>
        <translation>Der Server stoppt ({code}).</translation>
    </message>
    <message>
        <source>Server listens anew.</source>
        <translation>Server lauscht neu.</translation>
    </message>
    <message>
        <source>Server {state}.</source>
        <translation>Server {state}.</translation>
    </message>
    <message>
        <source>Server: {state}</source>
        <translation>Server: {state}</translation>
    </message>
    <message>
        <source>Sessions</source>
        <translation>Sitzungen</translation>
    </message>
    <message>
        <source>Sessions of the account</source>
        <translation>Sitzungen des Kontos</translation>
    </message>
    <message>
        <source>Set HOME, or name a folder: --data-dir FOLDER.</source>
        <translation>Setzen Sie HOME, oder nennen Sie einen Ordner: --data-dir FOLDER.</translation>
    </message>
    <message>
        <source>Set a longer one.</source>
        <translation>Setzen Sie ein längeres.</translation>
    </message>
    <message>
        <source>Set by JWT_SECRET (environment)</source>
        <translation>Gesetzt durch JWT_SECRET (Umgebung)</translation>
    </message>
    <message>
        <source>Set by {source}</source>
        <translation>Gesetzt durch {source}</translation>
    </message>
    <message>
        <source>Set it to a long random text.</source>
        <translation>Setzen Sie es auf einen langen zufälligen Text.</translation>
    </message>
    <message>
        <source>Sets what is kept, what newcomers see and whether guests may come in, all with one choice.</source>
        <translation>Setzt mit einer Wahl, was aufbewahrt wird, was Neue sehen und ob Gäste hereindürfen.</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Einstellungen</translation>
    </message>
    <message>
        <source>Settings changed.</source>
        <translation>Einstellungen geändert.</translation>
    </message>
    <message>
        <source>Settings of all nodes: revision {number}</source>
        <translation>Einstellungen aller Knoten: Revision {number}</translation>
    </message>
    <message>
        <source>Sheet {sheet} of {all}</source>
        <translation>Bogen {sheet} von {all}</translation>
    </message>
    <message>
        <source>Sheet {sheet} of {all} is done.</source>
        <translation>Bogen {sheet} von {all} ist fertig.</translation>
    </message>
    <message>
        <source>Shortest password</source>
        <translation>Kürzestes Passwort</translation>
    </message>
    <message>
        <source>Should it connect again?</source>
        <translation>Soll er sich wieder verbinden?</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>Zeigen</translation>
    </message>
    <message>
        <source>Show &amp;QR code and addresses</source>
        <translation>&amp;QR-Code und Adressen zeigen</translation>
    </message>
    <message>
        <source>Show all</source>
        <translation>Alle zeigen</translation>
    </message>
    <message>
        <source>Show in the traffic</source>
        <translation>Im Verkehr zeigen</translation>
    </message>
    <message>
        <source>Show it on the whole screen</source>
        <translation>Auf dem ganzen Bildschirm zeigen</translation>
    </message>
    <message>
        <source>Show its code</source>
        <translation>Seinen Code zeigen</translation>
    </message>
    <message>
        <source>Show older</source>
        <translation>Ältere zeigen</translation>
    </message>
    <message>
        <source>Show only connection #{number}</source>
        <translation>Nur Verbindung #{number} zeigen</translation>
    </message>
    <message>
        <source>Show only lines with problems</source>
        <translation>Nur Zeilen mit Fehlern zeigen</translation>
    </message>
    <message>
        <source>Show only type {type}</source>
        <translation>Nur Typ {type} zeigen</translation>
    </message>
    <message>
        <source>Show only user {name}</source>
        <translation>Nur Benutzer {name} zeigen</translation>
    </message>
    <message>
        <source>Show or hide the connected users (Ctrl+B)</source>
        <translation>Verbundene Benutzer ein- oder ausblenden (Strg+B)</translation>
    </message>
    <message>
        <source>Show or leave out these rows; the count is of all that came since the last Clear</source>
        <translation>Diese Zeilen zeigen oder auslassen; gezählt sind alle seit dem letzten Leeren</translation>
    </message>
    <message>
        <source>Show password</source>
        <translation>Passwort zeigen</translation>
    </message>
    <message>
        <source>Show the QR code and all addresses</source>
        <translation>QR-Code und alle Adressen zeigen</translation>
    </message>
    <message>
        <source>Show the code</source>
        <translation>Code zeigen</translation>
    </message>
    <message>
        <source>Show the code large</source>
        <translation>Code groß zeigen</translation>
    </message>
    <message>
        <source>Show the code of the address on the whole screen</source>
        <translation>Code der Adresse auf dem ganzen Bildschirm zeigen</translation>
    </message>
    <message>
        <source>Show the secret</source>
        <translation>Geheimnis zeigen</translation>
    </message>
    <message>
        <source>Show traffic</source>
        <translation>Verkehr zeigen</translation>
    </message>
    <message>
        <source>Show what the server answered as rows of their own (E); each request tells its outcome</source>
        <translation>Antworten des Servers als eigene Zeilen zeigen (E); jede Anfrage nennt ihr Ergebnis</translation>
    </message>
    <message>
        <source>Signed by none of the keys of your backend.</source>
        <translation>Von keinem Schlüssel Ihres Backends signiert.</translation>
    </message>
    <message>
        <source>Signed with HS256.</source>
        <translation>Mit HS256 signiert.</translation>
    </message>
    <message>
        <source>Signed with a secret this server does not accept.</source>
        <translation>Mit einem Geheimnis signiert, das dieser Server nicht annimmt.</translation>
    </message>
    <message>
        <source>Signed with {algorithm} by a key of your backend.</source>
        <translation>Mit {algorithm} von einem Schlüssel Ihres Backends signiert.</translation>
    </message>
    <message>
        <source>Signed with {current} ({id}).</source>
        <translation>Signiert mit {current} ({id}).</translation>
    </message>
    <message>
        <source>Signing secret</source>
        <translation>Signaturgeheimnis</translation>
    </message>
    <message>
        <source>Signing secret was changed ({code}).</source>
        <translation>Das Signaturgeheimnis wurde geändert ({code}).</translation>
    </message>
    <message>
        <source>Signs every login. Whoever knows it can log in as anybody.</source>
        <translation>Signiert jede Anmeldung. Wer es kennt, kann sich als jeder anmelden.</translation>
    </message>
    <message>
        <source>Since</source>
        <translation>Seit</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Größe</translation>
    </message>
    <message>
        <source>Snippets</source>
        <translation>Codebeispiele</translation>
    </message>
    <message>
        <source>Some of it is as you set it.</source>
        <translation>Einiges davon ist so, wie Sie es setzten.</translation>
    </message>
    <message>
        <source>Somebody connected to your server.</source>
        <translation>Jemand hat sich mit Ihrem Server verbunden.</translation>
    </message>
    <message>
        <source>Somebody else changed it meanwhile: the program reads it again.</source>
        <translation>Jemand anderes änderte es inzwischen: Das Programm liest es neu.</translation>
    </message>
    <message>
        <source>Somebody new</source>
        <translation>Jemand Neues</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>Starten</translation>
    </message>
    <message>
        <source>Start the server</source>
        <translation>Server starten</translation>
    </message>
    <message>
        <source>Start the server and copy its address</source>
        <translation>Server starten und seine Adresse kopieren</translation>
    </message>
    <message>
        <source>Start the server first</source>
        <translation>Starten Sie zuerst den Server</translation>
    </message>
    <message>
        <source>Start the server: logins, connections and messages show up here.</source>
        <translation>Starten Sie den Server: Anmeldungen, Verbindungen und Nachrichten erscheinen hier.</translation>
    </message>
    <message>
        <source>Start when I log in</source>
        <translation>Starten, wenn ich mich anmelde</translation>
    </message>
    <message>
        <source>Start with this computer</source>
        <translation>Mit dem Computer starten</translation>
    </message>
    <message>
        <source>Starting</source>
        <translation>Startet</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Zustand</translation>
    </message>
    <message>
        <source>Status</source>
        <translation>Status</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Stoppen</translation>
    </message>
    <message>
        <source>Stop and start the server to make one that does.</source>
        <translation>Stoppen und starten Sie den Server, um eines zu erstellen, das sie enthält.</translation>
    </message>
    <message>
        <source>Stop the server</source>
        <translation>Server stoppen</translation>
    </message>
    <message>
        <source>Stop the server?</source>
        <translation>Server stoppen?</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>Gestoppt</translation>
    </message>
    <message>
        <source>Stopped; the virtual users are removed.</source>
        <translation>Gestoppt; die virtuellen Benutzer sind entfernt.</translation>
    </message>
    <message>
        <source>Stopping</source>
        <translation>Stoppt</translation>
    </message>
    <message>
        <source>Strip of time</source>
        <translation>Zeitstreifen</translation>
    </message>
    <message>
        <source>Strong</source>
        <translation>Stark</translation>
    </message>
    <message>
        <source>Switch on</source>
        <translation>Einschalten</translation>
    </message>
    <message>
        <source>TCP port for HTTP and WebSocket. 0 takes any free one.</source>
        <translation>TCP-Port für HTTP und WebSocket. 0 nimmt einen freien.</translation>
    </message>
    <message>
        <source>Take clients again</source>
        <translation>Wieder Clients annehmen</translation>
    </message>
    <message>
        <source>Take down</source>
        <translation>Abnehmen</translation>
    </message>
    <message>
        <source>Take the mark away</source>
        <translation>Markierung entfernen</translation>
    </message>
    <message>
        <source>Takes effect at once · default off</source>
        <translation>Wirkt sofort · Vorgabe aus</translation>
    </message>
    <message>
        <source>Takes effect at once.</source>
        <translation>Wirkt sofort.</translation>
    </message>
    <message>
        <source>Takes effect at once. Nobody is disconnected.</source>
        <translation>Wirkt sofort. Niemand wird getrennt.</translation>
    </message>
    <message>
        <source>Tell of newcomers</source>
        <translation>Neue melden</translation>
    </message>
    <message>
        <source>Tell of refused logins</source>
        <translation>Abgelehnte Anmeldungen melden</translation>
    </message>
    <message>
        <source>Tell of the first client</source>
        <translation>Ersten Client melden</translation>
    </message>
    <message>
        <source>Templates</source>
        <translation>Vorlagen</translation>
    </message>
    <message>
        <source>Terms side by side must all hold: leave out “&amp;&amp;”.</source>
        <translation>Bedingungen nebeneinander müssen alle gelten: Lassen Sie „&amp;&amp;“ weg.</translation>
    </message>
    <message>
        <source>Terms side by side must all hold: leave out “&amp;”.</source>
        <translation>Bedingungen nebeneinander müssen alle gelten: Lassen Sie „&amp;“ weg.</translation>
    </message>
    <message>
        <source>Terms side by side must all hold: leave out “and”, or quote it to search for the word.</source>
        <translation>Bedingungen nebeneinander müssen alle gelten: Lassen Sie „and“ weg, oder setzen Sie es in Anführungszeichen, um das Wort zu suchen.</translation>
    </message>
    <message>
        <source>Test user {name}</source>
        <translation>Testbenutzer {name}</translation>
    </message>
    <message>
        <source>That did not work because of a mistake in this program. The log has the details.</source>
        <translation>Das ging wegen eines Fehlers in diesem Programm nicht. Im Log steht Genaueres.</translation>
    </message>
    <message>
        <source>The JSON {what}.</source>
        <translation>Das JSON {what}.</translation>
    </message>
    <message>
        <source>The Live page tells more.</source>
        <translation>Die Seite Live sagt mehr.</translation>
    </message>
    <message>
        <source>The account &apos;{name}&apos; was changed meanwhile (by: unknown).</source>
        <translation>Das Konto &apos;{name}&apos; wurde inzwischen geändert (durch: unbekannt).</translation>
    </message>
    <message>
        <source>The account &apos;{name}&apos; was changed meanwhile (by: {by}).</source>
        <translation>Das Konto &apos;{name}&apos; wurde inzwischen geändert (durch: {by}).</translation>
    </message>
    <message>
        <source>The account &apos;{username}&apos; is disabled.</source>
        <translation>Das Konto &apos;{username}&apos; ist deaktiviert.</translation>
    </message>
    <message>
        <source>The account &apos;{username}&apos;.</source>
        <translation>Das Konto &apos;{username}&apos;.</translation>
    </message>
    <message>
        <source>The account does not exist or was deleted.</source>
        <translation>Das Konto gibt es nicht, oder es wurde gelöscht.</translation>
    </message>
    <message>
        <source>The account of this token is disabled.</source>
        <translation>Das Konto dieses Tokens ist deaktiviert.</translation>
    </message>
    <message>
        <source>The account of this token no longer exists.</source>
        <translation>Das Konto dieses Tokens gibt es nicht mehr.</translation>
    </message>
    <message>
        <source>The account was deleted: make it anew, or let the client log in as somebody else.</source>
        <translation>Das Konto wurde gelöscht: Legen Sie es neu an, oder lassen Sie den Client sich als jemand anderes anmelden.</translation>
    </message>
    <message>
        <source>The accounts database is closed.</source>
        <translation>Die Kontendatenbank ist geschlossen.</translation>
    </message>
    <message>
        <source>The ban would be over already.</source>
        <translation>Die Sperre wäre schon vorbei.</translation>
    </message>
    <message>
        <source>The bans cannot be saved to {file} ({strerror}).</source>
        <translation>Die Sperren lassen sich nicht in {file} speichern ({strerror}).</translation>
    </message>
    <message>
        <source>The bans in {file} are gone.</source>
        <translation>Die Sperren in {file} sind fort.</translation>
    </message>
    <message>
        <source>The bans in {file} cannot be read ({strerror}).</source>
        <translation>Die Sperren in {file} sind nicht lesbar ({strerror}).</translation>
    </message>
    <message>
        <source>The bans in {file} cannot be understood: the file is damaged or of a newer version of this program.</source>
        <translation>Die Sperren in {file} sind nicht zu verstehen: Die Datei ist beschädigt oder von einer neueren Version dieses Programms.</translation>
    </message>
    <message>
        <source>The bar above offers what can be done, such as another port.</source>
        <translation>Die Leiste oben bietet, was zu tun ist, etwa einen anderen Port.</translation>
    </message>
    <message>
        <source>The certificate cannot be kept in {folder} ({strerror}).</source>
        <translation>Das Zertifikat lässt sich nicht in {folder} aufbewahren ({strerror}).</translation>
    </message>
    <message>
        <source>The certificate does not hold {names}.</source>
        <translation>Das Zertifikat enthält {names} nicht.</translation>
    </message>
    <message>
        <source>The certificate does not hold {names}: its authority was made for other addresses.</source>
        <translation>Das Zertifikat enthält {names} nicht: Seine Stelle wurde für andere Adressen erstellt.</translation>
    </message>
    <message>
        <source>The certificate expired on {not_after}: browsers refuse it.</source>
        <translation>Das Zertifikat ist am {not_after} abgelaufen: Browser lehnen es ab.</translation>
    </message>
    <message>
        <source>The certificate {file} expired on {not_valid_after_utc}.</source>
        <translation>Das Zertifikat {file} ist am {not_valid_after_utc} abgelaufen.</translation>
    </message>
    <message>
        <source>The certificate {file} is not valid before {begin}.</source>
        <translation>Das Zertifikat {file} gilt erst ab {begin}.</translation>
    </message>
    <message>
        <source>The chosen account</source>
        <translation>Das gewählte Konto</translation>
    </message>
    <message>
        <source>The chosen line</source>
        <translation>Die gewählte Zeile</translation>
    </message>
    <message>
        <source>The chosen value</source>
        <translation>Der gewählte Wert</translation>
    </message>
    <message>
        <source>The client can wait as long as the error says.</source>
        <translation>Der Client kann so lange warten, wie der Fehler sagt.</translation>
    </message>
    <message>
        <source>The client has a token of another server: let it log in here.</source>
        <translation>Der Client hat ein Token eines anderen Servers: Lassen Sie ihn sich hier anmelden.</translation>
    </message>
    <message>
        <source>The client sends something else than the token that the login returned.</source>
        <translation>Der Client sendet etwas anderes als das Token, das die Anmeldung lieferte.</translation>
    </message>
    <message>
        <source>The clocks of the two computers differ: set them by the network.</source>
        <translation>Die Uhren der beiden Computer weichen ab: Stellen Sie sie nach dem Netz.</translation>
    </message>
    <message>
        <source>The closing quote is missing.</source>
        <translation>Das schließende Anführungszeichen fehlt.</translation>
    </message>
    <message>
        <source>The code has ended. Press it for a new one.</source>
        <translation>Der Code ist abgelaufen. Drücken Sie ihn für einen neuen.</translation>
    </message>
    <message>
        <source>The connection ended without a goodbye.</source>
        <translation>Die Verbindung endete ohne Abschied.</translation>
    </message>
    <message>
        <source>The database address is not valid.</source>
        <translation>Die Datenbankadresse ist ungültig.</translation>
    </message>
    <message>
        <source>The disk is full: make room, then try again.</source>
        <translation>Der Datenträger ist voll: Schaffen Sie Platz, und versuchen Sie es dann erneut.</translation>
    </message>
    <message>
        <source>The driver for &apos;{drivername}&apos; is not installed ({error}).</source>
        <translation>Der Treiber für &apos;{drivername}&apos; ist nicht installiert ({error}).</translation>
    </message>
    <message>
        <source>The expiry must be in the future.</source>
        <translation>Das Ablaufen muss in der Zukunft liegen.</translation>
    </message>
    <message>
        <source>The export was called off; no file was written.</source>
        <translation>Der Export wurde abgebrochen; keine Datei wurde geschrieben.</translation>
    </message>
    <message>
        <source>The file {file} cannot be read ({error}).</source>
        <translation>Die Datei {file} ist nicht lesbar ({error}).</translation>
    </message>
    <message>
        <source>The file {file} cannot be read ({strerror}).</source>
        <translation>Die Datei {file} ist nicht lesbar ({strerror}).</translation>
    </message>
    <message>
        <source>The file {file} cannot be used ({error}).</source>
        <translation>Die Datei {file} ist nicht brauchbar ({error}).</translation>
    </message>
    <message>
        <source>The file {file} cannot be used ({strerror}).</source>
        <translation>Die Datei {file} ist nicht brauchbar ({strerror}).</translation>
    </message>
    <message>
        <source>The file {file} cannot grow: the disk is full.</source>
        <translation>Die Datei {file} kann nicht wachsen: Der Datenträger ist voll.</translation>
    </message>
    <message>
        <source>The file {file} is damaged or is no history.</source>
        <translation>Die Datei {file} ist beschädigt oder kein Verlauf.</translation>
    </message>
    <message>
        <source>The file {file} is locked by another program.</source>
        <translation>Die Datei {file} ist von einem anderen Programm gesperrt.</translation>
    </message>
    <message>
        <source>The file {file} is not a certificate in PEM format.</source>
        <translation>Die Datei {file} ist kein Zertifikat im PEM-Format.</translation>
    </message>
    <message>
        <source>The file {file} is not a key in PEM format.</source>
        <translation>Die Datei {file} ist kein Schlüssel im PEM-Format.</translation>
    </message>
    <message>
        <source>The file {file} is read-only.</source>
        <translation>Die Datei {file} ist schreibgeschützt.</translation>
    </message>
    <message>
        <source>The file {file} was deleted or moved away.</source>
        <translation>Die Datei {file} wurde gelöscht oder verschoben.</translation>
    </message>
    <message>
        <source>The file {file} was replaced by another program.</source>
        <translation>Die Datei {file} wurde von einem anderen Programm ersetzt.</translation>
    </message>
    <message>
        <source>The file {file} was written by a newer version of this program.</source>
        <translation>Die Datei {file} wurde von einer neueren Version dieses Programms geschrieben.</translation>
    </message>
    <message>
        <source>The file {key_file} is not a key in PEM format.</source>
        <translation>Die Datei {key_file} ist kein Schlüssel im PEM-Format.</translation>
    </message>
    <message>
        <source>The firewall ufw blocks port {port}: no rule allows it.</source>
        <translation>Die Firewall ufw sperrt Port {port}: Keine Regel erlaubt ihn.</translation>
    </message>
    <message>
        <source>The firewall ufw is on; only root may read its rules.</source>
        <translation>Die Firewall ufw ist an; nur root darf ihre Regeln lesen.</translation>
    </message>
    <message>
        <source>The firewall ufw lets everything through.</source>
        <translation>Die Firewall ufw lässt alles durch.</translation>
    </message>
    <message>
        <source>The firewall ufw lets port {port} through.</source>
        <translation>Die Firewall ufw lässt Port {port} durch.</translation>
    </message>
    <message>
        <source>The hash has the cost {value}; it may be from {min_foreign_cost} to {max_foreign_cost}.</source>
        <translation>Der Hash hat den Aufwand {value}; erlaubt ist {min_foreign_cost} bis {max_foreign_cost}.</translation>
    </message>
    <message>
        <source>The hash is not bcrypt&apos;s ($2a$, $2b$ or $2y$).</source>
        <translation>Der Hash ist nicht von bcrypt ($2a$, $2b$ oder $2y$).</translation>
    </message>
    <message>
        <source>The header Allow of the answer has the methods.</source>
        <translation>Der Kopf Allow der Antwort nennt die Methoden.</translation>
    </message>
    <message>
        <source>The header has no algorithm, or the claims are no object.</source>
        <translation>Der Kopf hat kein Verfahren, oder die Angaben sind kein Objekt.</translation>
    </message>
    <message>
        <source>The history is off. Give it a size in the settings, group Traffic: History file.</source>
        <translation>Der Verlauf ist aus. Geben Sie ihm in den Einstellungen eine Größe, Gruppe Verkehr: Verlaufsdatei.</translation>
    </message>
    <message>
        <source>The history stopped; the server goes on. {reason}</source>
        <translation>Der Verlauf hat aufgehört; der Server läuft weiter. {reason}</translation>
    </message>
    <message>
        <source>The host can allow this origin.</source>
        <translation>Der Gastgeber kann diesen Ursprung erlauben.</translation>
    </message>
    <message>
        <source>The host comes from {host}, the port from {port}.</source>
        <translation>Der Host kommt von {host}, der Port von {port}.</translation>
    </message>
    <message>
        <source>The host has banned this account.</source>
        <translation>Der Gastgeber hat dieses Konto gesperrt.</translation>
    </message>
    <message>
        <source>The kept messages are closed.</source>
        <translation>Die aufbewahrten Nachrichten sind geschlossen.</translation>
    </message>
    <message>
        <source>The kept messages cannot be used because of a mistake in the program.</source>
        <translation>Die aufbewahrten Nachrichten sind wegen eines Fehlers im Programm nicht nutzbar.</translation>
    </message>
    <message>
        <source>The key {key_file} does not belong to {certificate_file}.</source>
        <translation>Der Schlüssel {key_file} gehört nicht zu {certificate_file}.</translation>
    </message>
    <message>
        <source>The key {key_file} has a password.</source>
        <translation>Der Schlüssel {key_file} hat ein Passwort.</translation>
    </message>
    <message>
        <source>The keys of your backend&apos;s tokens cannot be had: {what}.</source>
        <translation>Die Schlüssel der Token Ihres Backends sind nicht zu bekommen: {what}.</translation>
    </message>
    <message>
        <source>The keys on the way to a value, as in the filter; a number is a place in a list.</source>
        <translation>Die Schlüssel auf dem Weg zu einem Wert, wie im Filter; eine Zahl ist ein Platz in einer Liste.</translation>
    </message>
    <message>
        <source>The life of a token must be from 1 to {max_token_life_s} s.</source>
        <translation>Die Gültigkeit eines Tokens muss 1 bis {max_token_life_s} s sein.</translation>
    </message>
    <message>
        <source>The list begins like JSON and is none.</source>
        <translation>Die Liste beginnt wie JSON und ist keines.</translation>
    </message>
    <message>
        <source>The list has more than {max_lines} names.</source>
        <translation>Die Liste hat mehr als {max_lines} Namen.</translation>
    </message>
    <message>
        <source>The list has no names.</source>
        <translation>Die Liste hat keine Namen.</translation>
    </message>
    <message>
        <source>The list is JSON, but no list of objects with a name each.</source>
        <translation>Die Liste ist JSON, aber keine Liste von Objekten mit je einem Namen.</translation>
    </message>
    <message>
        <source>The list is not text in UTF-8.</source>
        <translation>Die Liste ist kein Text in UTF-8.</translation>
    </message>
    <message>
        <source>The list is over 64 MiB.</source>
        <translation>Die Liste ist über 64 MiB.</translation>
    </message>
    <message>
        <source>The macOS firewall blocks all incoming connections.</source>
        <translation>Die Firewall von macOS sperrt alle eingehenden Verbindungen.</translation>
    </message>
    <message>
        <source>The macOS firewall blocks this program.</source>
        <translation>Die Firewall von macOS sperrt dieses Programm.</translation>
    </message>
    <message>
        <source>The macOS firewall could not be read.</source>
        <translation>Die Firewall von macOS war nicht lesbar.</translation>
    </message>
    <message>
        <source>The macOS firewall is off: it lets everything in.</source>
        <translation>Die Firewall von macOS ist aus: Sie lässt alles herein.</translation>
    </message>
    <message>
        <source>The macOS firewall is on and asks for new programs: choose Allow, or {macos_clicks}.</source>
        <translation>Die Firewall von macOS ist an und fragt bei neuen Programmen: Wählen Sie Erlauben, oder {macos_clicks}.</translation>
    </message>
    <message>
        <source>The macOS firewall lets this program in.</source>
        <translation>Die Firewall von macOS lässt dieses Programm herein.</translation>
    </message>
    <message>
        <source>The message could not be kept, so nobody got it.</source>
        <translation>Die Nachricht ließ sich nicht aufbewahren, also bekam sie niemand.</translation>
    </message>
    <message>
        <source>The messages cannot be read just now.</source>
        <translation>Die Nachrichten sind gerade nicht lesbar.</translation>
    </message>
    <message>
        <source>The messages kept for people who were away; not the traffic and its history</source>
        <translation>Die Nachrichten, die für Abwesende aufbewahrt sind; nicht der Verkehr und sein Verlauf</translation>
    </message>
    <message>
        <source>The name stands in line {first} already.</source>
        <translation>Der Name steht schon in Zeile {first}.</translation>
    </message>
    <message>
        <source>The nearest counts: of a connection, else of its user, else of everyone.</source>
        <translation>Das Nächstliegende zählt: einer Verbindung, sonst ihres Benutzers, sonst aller.</translation>
    </message>
    <message>
        <source>The new name is the one to log in with.</source>
        <translation>Man meldet sich mit dem neuen Namen an.</translation>
    </message>
    <message>
        <source>The new password</source>
        <translation>Das neue Passwort</translation>
    </message>
    <message>
        <source>The new passwords appear here.</source>
        <translation>Die neuen Passwörter erscheinen hier.</translation>
    </message>
    <message>
        <source>The new secret</source>
        <translation>Das neue Geheimnis</translation>
    </message>
    <message>
        <source>The newest are stored, so that who was away gets what it missed; 0: none.</source>
        <translation>Die neuesten werden gespeichert, damit Abwesende bekommen, was sie versäumt haben; 0: keine.</translation>
    </message>
    <message>
        <source>The newest rows are kept, older ones are dropped.</source>
        <translation>Die neuesten Zeilen bleiben, ältere fallen weg.</translation>
    </message>
    <message>
        <source>The newest {count} messages are kept for {days} days, who comes late sees all of them, and guests come in by name alone.</source>
        <translation>Die neuesten {count} Nachrichten werden {days} Tage aufbewahrt, wer spät kommt, sieht sie alle, und Gäste kommen allein mit einem Namen herein.</translation>
    </message>
    <message>
        <source>The number of uses must be from 1 to {max_invite_uses}.</source>
        <translation>Die Zahl der Nutzungen muss 1 bis {max_invite_uses} sein.</translation>
    </message>
    <message>
        <source>The one that Copy, links and the QR code give out, if it is there. Empty: the likeliest.</source>
        <translation>Die, die Kopieren, Links und QR-Code weitergeben, wenn es sie gibt. Leer: die wahrscheinlichste.</translation>
    </message>
    <message>
        <source>The other node is away: the bar above says since when.</source>
        <translation>Der andere Knoten ist fort: Die Leiste oben sagt, seit wann.</translation>
    </message>
    <message>
        <source>The password</source>
        <translation>Das Passwort</translation>
    </message>
    <message>
        <source>The password for {name} is wrong.</source>
        <translation>Das Passwort für {name} ist falsch.</translation>
    </message>
    <message>
        <source>The password is one of the most common ones.</source>
        <translation>Das Passwort ist eines der häufigsten.</translation>
    </message>
    <message>
        <source>The password is the name.</source>
        <translation>Das Passwort ist der Name.</translation>
    </message>
    <message>
        <source>The password repeats a few characters.</source>
        <translation>Das Passwort wiederholt wenige Zeichen.</translation>
    </message>
    <message>
        <source>The payload was cut at {size}; this is its beginning.</source>
        <translation>Die Nutzdaten wurden bei {size} abgeschnitten; dies ist ihr Anfang.</translation>
    </message>
    <message>
        <source>The program breaks the rules of WebSocket: let a library speak it.</source>
        <translation>Das Programm bricht die Regeln von WebSocket: Lassen Sie eine Bibliothek es sprechen.</translation>
    </message>
    <message>
        <source>The program logs in, and sends the token in the header Authorization.</source>
        <translation>Das Programm meldet sich an und sendet das Token im Kopf Authorization.</translation>
    </message>
    <message>
        <source>The program says Content-Type: application/json.</source>
        <translation>Das Programm sagt Content-Type: application/json.</translation>
    </message>
    <message>
        <source>The program sends another body: the answer names the field.</source>
        <translation>Das Programm sendet einen anderen Body: Die Antwort nennt das Feld.</translation>
    </message>
    <message>
        <source>The program sends before it has the “authentication” frame: wait for it, then send.</source>
        <translation>Das Programm sendet, bevor es das Frame „authentication“ hat: erst darauf warten, dann senden.</translation>
    </message>
    <message>
        <source>The program sends text that is no UTF-8: let a library encode it.</source>
        <translation>Das Programm sendet Text, der kein UTF-8 ist: Lassen Sie eine Bibliothek ihn kodieren.</translation>
    </message>
    <message>
        <source>The program tries again after Retry-After; the log says what is away.</source>
        <translation>Das Programm versucht es nach Retry-After erneut; das Log sagt, was fehlt.</translation>
    </message>
    <message>
        <source>The recipient has to log in and fetch what waits.</source>
        <translation>Der Empfänger muss sich anmelden und abholen, was wartet.</translation>
    </message>
    <message>
        <source>The recipient is connected to another server, which cannot be reached now.</source>
        <translation>Der Empfänger ist mit einem anderen Server verbunden, der nicht erreichbar ist.</translation>
    </message>
    <message>
        <source>The regular expression is wrong ({reason}).</source>
        <translation>Der reguläre Ausdruck ist falsch ({reason}).</translation>
    </message>
    <message>
        <source>The regular expression is wrong: {reason}.</source>
        <translation>Der reguläre Ausdruck ist falsch: {reason}.</translation>
    </message>
    <message>
        <source>The request is deleted with its password. The name is free again.</source>
        <translation>Die Anfrage wird samt Passwort gelöscht. Der Name ist wieder frei.</translation>
    </message>
    <message>
        <source>The role &apos;{value}&apos; is unknown.</source>
        <translation>Die Rolle &apos;{value}&apos; ist unbekannt.</translation>
    </message>
    <message>
        <source>The role must be &apos;host&apos; or &apos;member&apos;.</source>
        <translation>Die Rolle muss &apos;host&apos; oder &apos;member&apos; sein.</translation>
    </message>
    <message>
        <source>The run before</source>
        <translation>Der Lauf davor</translation>
    </message>
    <message>
        <source>The search looks at name, role and status.</source>
        <translation>Die Suche sieht auf Name, Rolle und Status.</translation>
    </message>
    <message>
        <source>The secret contains half a character (a lone surrogate).</source>
        <translation>Das Geheimnis enthält ein halbes Zeichen (ein einzelnes Surrogat).</translation>
    </message>
    <message>
        <source>The secret is a key pair.</source>
        <translation>Das Geheimnis ist ein Schlüsselpaar.</translation>
    </message>
    <message>
        <source>The secret is set by JWT_SECRET.</source>
        <translation>Das Geheimnis ist durch JWT_SECRET gesetzt.</translation>
    </message>
    <message>
        <source>The secret must have at least {min_secret_bytes} bytes.</source>
        <translation>Das Geheimnis muss mindestens {min_secret_bytes} Bytes haben.</translation>
    </message>
    <message>
        <source>The secret must have at most {value} bytes.</source>
        <translation>Das Geheimnis darf höchstens {value} Bytes haben.</translation>
    </message>
    <message>
        <source>The secret repeats a few characters.</source>
        <translation>Das Geheimnis wiederholt wenige Zeichen.</translation>
    </message>
    <message>
        <source>The secret&apos;s file {file} is damaged.</source>
        <translation>Die Datei {file} des Geheimnisses ist beschädigt.</translation>
    </message>
    <message>
        <source>The secret&apos;s file {file} is gone.</source>
        <translation>Die Datei {file} des Geheimnisses ist fort.</translation>
    </message>
    <message>
        <source>The secret&apos;s file {file} was written by a newer version of this program.</source>
        <translation>Die Datei {file} des Geheimnisses wurde von einer neueren Version dieses Programms geschrieben.</translation>
    </message>
    <message>
        <source>The server has no room for more connections.</source>
        <translation>Der Server hat keinen Platz für weitere Verbindungen.</translation>
    </message>
    <message>
        <source>The server is busy with other logins.</source>
        <translation>Der Server ist mit anderen Anmeldungen beschäftigt.</translation>
    </message>
    <message>
        <source>The server is not running</source>
        <translation>Der Server läuft nicht</translation>
    </message>
    <message>
        <source>The server is not running.</source>
        <translation>Der Server läuft nicht.</translation>
    </message>
    <message>
        <source>The server is not running. Press Start.</source>
        <translation>Der Server läuft nicht. Drücken Sie Starten.</translation>
    </message>
    <message>
        <source>The server is stopped. Start it before you run a snippet.</source>
        <translation>Der Server ist gestoppt. Starten Sie ihn, bevor Sie ein Codebeispiel ausführen.</translation>
    </message>
    <message>
        <source>The server listens anew, which disconnects {clients}. They can connect again at once.</source>
        <translation>Der Server lauscht neu, was {clients} trennt. Sie können sich sofort wieder verbinden.</translation>
    </message>
    <message>
        <source>The session is live.</source>
        <translation>Die Sitzung lebt.</translation>
    </message>
    <message>
        <source>The session was ended: revoked or logged out.</source>
        <translation>Die Sitzung wurde beendet: widerrufen oder abgemeldet.</translation>
    </message>
    <message>
        <source>The settings cannot be saved to {file} ({strerror}).</source>
        <translation>Die Einstellungen lassen sich nicht in {file} speichern ({strerror}).</translation>
    </message>
    <message>
        <source>The settings cannot be saved.</source>
        <translation>Die Einstellungen lassen sich nicht speichern.</translation>
    </message>
    <message>
        <source>The settings file {file} cannot be read ({error}).</source>
        <translation>Die Einstellungsdatei {file} ist nicht lesbar ({error}).</translation>
    </message>
    <message>
        <source>The settings file {file} cannot be read ({strerror}).</source>
        <translation>Die Einstellungsdatei {file} ist nicht lesbar ({strerror}).</translation>
    </message>
    <message>
        <source>The settings file {file} has an unknown key &apos;{group}&apos;.</source>
        <translation>Die Einstellungsdatei {file} hat einen unbekannten Schlüssel &apos;{group}&apos;.</translation>
    </message>
    <message>
        <source>The settings file {file} has an unknown key &apos;{group}.{name}&apos;.</source>
        <translation>Die Einstellungsdatei {file} hat einen unbekannten Schlüssel &apos;{group}.{name}&apos;.</translation>
    </message>
    <message>
        <source>The settings file {file} is gone.</source>
        <translation>Die Einstellungsdatei {file} ist fort.</translation>
    </message>
    <message>
        <source>The settings file {file} is not valid TOML ({error}).</source>
        <translation>Die Einstellungsdatei {file} ist kein gültiges TOML ({error}).</translation>
    </message>
    <message>
        <source>The settings file {file} was changed by another program.</source>
        <translation>Die Einstellungsdatei {file} wurde von einem anderen Programm geändert.</translation>
    </message>
    <message>
        <source>The settings file {file} was written by a newer version of this program (format {version}, known is {settings_version}).</source>
        <translation>Die Einstellungsdatei {file} wurde von einer neueren Version dieses Programms geschrieben (Format {version}, bekannt ist {settings_version}).</translation>
    </message>
    <message>
        <source>The settings stay as they are until this program ends.</source>
        <translation>Die Einstellungen bleiben, wie sie sind, bis dieses Programm endet.</translation>
    </message>
    <message>
        <source>The system lets this program open {open_files} files, which is enough for {allowed} of {wanted} connections.</source>
        <translation>Das System lässt dieses Programm {open_files} Dateien öffnen, was für {allowed} von {wanted} Verbindungen reicht.</translation>
    </message>
    <message>
        <source>The tabs below have what was asked and answered; docs/protocol.md lists every code.</source>
        <translation>Die Reiter unten zeigen Anfrage und Antwort; docs/protocol.md nennt jeden Code.</translation>
    </message>
    <message>
        <source>The test cannot be written ({why}).</source>
        <translation>Der Test lässt sich nicht schreiben ({why}).</translation>
    </message>
    <message>
        <source>The time is no number.</source>
        <translation>Die Zeit ist keine Zahl.</translation>
    </message>
    <message>
        <source>The time of expiry is missing or no number.</source>
        <translation>Die Ablaufzeit fehlt oder ist keine Zahl.</translation>
    </message>
    <message>
        <source>The token has expired.</source>
        <translation>Das Token ist abgelaufen.</translation>
    </message>
    <message>
        <source>The token is meant for another service.</source>
        <translation>Das Token ist für einen anderen Dienst bestimmt.</translation>
    </message>
    <message>
        <source>The token is not a valid JSON Web Token.</source>
        <translation>Das Token ist kein gültiges JSON Web Token.</translation>
    </message>
    <message>
        <source>The token is not valid yet.</source>
        <translation>Das Token gilt noch nicht.</translation>
    </message>
    <message>
        <source>The token names no user.</source>
        <translation>Das Token nennt keinen Benutzer.</translation>
    </message>
    <message>
        <source>The token or password in this frame was not kept</source>
        <translation>Das Token oder Passwort in diesem Frame wurde nicht behalten</translation>
    </message>
    <message>
        <source>The token was issued by another server.</source>
        <translation>Das Token wurde von einem anderen Server ausgestellt.</translation>
    </message>
    <message>
        <source>The token was not signed by this server.</source>
        <translation>Das Token wurde nicht von diesem Server signiert.</translation>
    </message>
    <message>
        <source>The token was revoked.</source>
        <translation>Das Token wurde widerrufen.</translation>
    </message>
    <message>
        <source>The token&apos;s id is no text.</source>
        <translation>Die Kennung des Tokens ist kein Text.</translation>
    </message>
    <message>
        <source>The traffic cannot be written to {file} ({strerror}).</source>
        <translation>Der Verkehr lässt sich nicht in {file} schreiben ({strerror}).</translation>
    </message>
    <message>
        <source>The user id is missing or no text.</source>
        <translation>Die Benutzerkennung fehlt oder ist kein Text.</translation>
    </message>
    <message>
        <source>The username &apos;{name}&apos; is reserved for the server.</source>
        <translation>Der Benutzername &apos;{name}&apos; ist dem Server vorbehalten.</translation>
    </message>
    <message>
        <source>The username &apos;{username}&apos; is taken.</source>
        <translation>Der Benutzername &apos;{username}&apos; ist vergeben.</translation>
    </message>
    <message>
        <source>The username has a blank at its start or end, or two beside each other.</source>
        <translation>Der Benutzername hat ein Leerzeichen am Anfang oder Ende, oder zwei nebeneinander.</translation>
    </message>
    <message>
        <source>The username has a combining mark that does not belong to a letter, or more than {max_marks_per_letter} on one letter.</source>
        <translation>Der Benutzername hat ein kombinierendes Zeichen, das zu keinem Buchstaben gehört, oder mehr als {max_marks_per_letter} auf einem.</translation>
    </message>
    <message>
        <source>The username has the invisible joiner U+{value} where it joins nothing.</source>
        <translation>Der Benutzername hat den unsichtbaren Verbinder U+{value}, wo er nichts verbindet.</translation>
    </message>
    <message>
        <source>The username mixes digits of different scripts.</source>
        <translation>Der Benutzername mischt Ziffern verschiedener Schriften.</translation>
    </message>
    <message>
        <source>The username mixes letters of {listed}, which can look alike.</source>
        <translation>Der Benutzername mischt Buchstaben von {listed}, die gleich aussehen können.</translation>
    </message>
    <message>
        <source>The username must consist of letters, digits, single blanks and . _ - @ + &apos; but has {character}.</source>
        <translation>Der Benutzername muss aus Buchstaben, Ziffern, einzelnen Leerzeichen und . _ - @ + &apos; bestehen, hat aber {character}.</translation>
    </message>
    <message>
        <source>The username must have {username_min_letters} to {username_max_chars} characters.</source>
        <translation>Der Benutzername muss {username_min_letters} bis {username_max_chars} Zeichen haben.</translation>
    </message>
    <message>
        <source>The version in the settings file {file} is no number.</source>
        <translation>Die Version in der Einstellungsdatei {file} ist keine Zahl.</translation>
    </message>
    <message>
        <source>The window is built anew when it changes. The web client has its own, under Room.</source>
        <translation>Das Fenster wird neu aufgebaut, wenn sie sich ändert. Der Webclient hat seine eigene, unter Raum.</translation>
    </message>
    <message>
        <source>The window needs a screen.</source>
        <translation>Das Fenster braucht einen Bildschirm.</translation>
    </message>
    <message>
        <source>The window speaks the other language from the next start on: something is still open.</source>
        <translation>Das Fenster spricht die andere Sprache ab dem nächsten Start: Es ist noch etwas offen.</translation>
    </message>
    <message>
        <source>Their process was ended from outside.</source>
        <translation>Ihr Prozess wurde von außen beendet.</translation>
    </message>
    <message>
        <source>Then connected</source>
        <translation>Damals verbunden</translation>
    </message>
    <message>
        <source>There are no two runs to compare: rows of at least two starts are needed.</source>
        <translation>Es gibt keine zwei Läufe zum Vergleich: Nötig sind Zeilen von mindestens zwei Starts.</translation>
    </message>
    <message>
        <source>There are too many connections from your address.</source>
        <translation>Es gibt zu viele Verbindungen von Ihrer Adresse.</translation>
    </message>
    <message>
        <source>There are too many guests already.</source>
        <translation>Es sind schon zu viele Gäste da.</translation>
    </message>
    <message>
        <source>There are {max_invites} invitations already.</source>
        <translation>Es gibt schon {max_invites} Einladungen.</translation>
    </message>
    <message>
        <source>There is no account of this name.</source>
        <translation>Es gibt kein Konto dieses Namens.</translation>
    </message>
    <message>
        <source>There is no account “{name}”.</source>
        <translation>Es gibt kein Konto „{name}“.</translation>
    </message>
    <message>
        <source>There is no field “{name}:”.</source>
        <translation>Es gibt kein Feld „{name}:“.</translation>
    </message>
    <message>
        <source>There is no home folder to keep files in: HOME is not set, and the system knows none for this user.</source>
        <translation>Es gibt keinen Heimordner für Dateien: HOME ist nicht gesetzt, und das System kennt keinen für diesen Benutzer.</translation>
    </message>
    <message>
        <source>There is no screen: neither DISPLAY nor WAYLAND_DISPLAY is set.</source>
        <translation>Es gibt keinen Bildschirm: Weder DISPLAY noch WAYLAND_DISPLAY ist gesetzt.</translation>
    </message>
    <message>
        <source>There is no screen: nothing answers at {where}.</source>
        <translation>Es gibt keinen Bildschirm: Nichts antwortet unter {where}.</translation>
    </message>
    <message>
        <source>There is no user or connection “{name}”.</source>
        <translation>Es gibt keinen Benutzer und keine Verbindung „{name}“.</translation>
    </message>
    <message>
        <source>There is nothing left to do here.</source>
        <translation>Hier ist nichts mehr zu tun.</translation>
    </message>
    <message>
        <source>These changes disconnect {clients}. They can connect again at the new address.</source>
        <translation>Diese Änderungen trennen {clients}. Sie können sich unter der neuen Adresse wieder verbinden.</translation>
    </message>
    <message>
        <source>These rows made room for newer ones.</source>
        <translation>Diese Zeilen machten neueren Platz.</translation>
    </message>
    <message>
        <source>They can connect again after a pause. Ban or disable the account to keep them out.</source>
        <translation>Sie können sich nach einer Pause wieder verbinden. Sperren oder deaktivieren Sie das Konto, um sie fernzuhalten.</translation>
    </message>
    <message>
        <source>They can connect again at once; a ban keeps people out.</source>
        <translation>Sie können sich sofort wieder verbinden; eine Sperre hält Leute fern.</translation>
    </message>
    <message>
        <source>They can log in again with their password.</source>
        <translation>Sie können sich mit ihrem Passwort wieder anmelden.</translation>
    </message>
    <message>
        <source>They choose another name, or log in with this one.</source>
        <translation>Sie wählen einen anderen Namen, oder melden sich mit diesem an.</translation>
    </message>
    <message>
        <source>They may try again now.</source>
        <translation>Sie dürfen es jetzt wieder versuchen.</translation>
    </message>
    <message>
        <source>They stay in force until this program ends.</source>
        <translation>Sie bleiben in Kraft, bis dieses Programm endet.</translation>
    </message>
    <message>
        <source>This account does not exist; it may have been deleted meanwhile.</source>
        <translation>Dieses Konto gibt es nicht; vielleicht wurde es inzwischen gelöscht.</translation>
    </message>
    <message>
        <source>This account is disabled.</source>
        <translation>Dieses Konto ist deaktiviert.</translation>
    </message>
    <message>
        <source>This account is gone by now.</source>
        <translation>Dieses Konto gibt es nicht mehr.</translation>
    </message>
    <message>
        <source>This account no longer exists.</source>
        <translation>Dieses Konto gibt es nicht mehr.</translation>
    </message>
    <message>
        <source>This account waits for the host&apos;s approval.</source>
        <translation>Dieses Konto wartet auf die Zustimmung des Gastgebers.</translation>
    </message>
    <message>
        <source>This account was deleted meanwhile.</source>
        <translation>Dieses Konto wurde inzwischen gelöscht.</translation>
    </message>
    <message>
        <source>This address works on this computer only.</source>
        <translation>Diese Adresse wirkt nur auf diesem Computer.</translation>
    </message>
    <message>
        <source>This cannot be undone. Afterwards anybody may take the name.</source>
        <translation>Das lässt sich nicht rückgängig machen. Danach darf jeder den Namen nehmen.</translation>
    </message>
    <message>
        <source>This character cannot be sent as UTF-8.</source>
        <translation>Dieses Zeichen lässt sich nicht als UTF-8 senden.</translation>
    </message>
    <message>
        <source>This client sends more than {rate} messages a second; the frame was dropped.</source>
        <translation>Dieser Client sendet mehr als {rate} Nachrichten je Sekunde; das Frame wurde verworfen.</translation>
    </message>
    <message>
        <source>This computer</source>
        <translation>Dieser Computer</translation>
    </message>
    <message>
        <source>This computer  ·  only programs on it</source>
        <translation>Dieser Computer  ·  nur Programme darauf</translation>
    </message>
    <message>
        <source>This computer itself cannot be banned</source>
        <translation>Dieser Computer selbst kann nicht gesperrt werden</translation>
    </message>
    <message>
        <source>This connection is gone or not logged in, so nothing was sent.</source>
        <translation>Diese Verbindung ist fort oder nicht angemeldet, also wurde nichts gesendet.</translation>
    </message>
    <message>
        <source>This connection is gone, so nothing was sent in its name.</source>
        <translation>Diese Verbindung ist fort, also wurde nichts in ihrem Namen gesendet.</translation>
    </message>
    <message>
        <source>This disconnects {clients} over {seconds} s; they come back to the other nodes. {node} gets no newcomers from the balancer until you let it.</source>
        <translation>Das trennt {clients} über {seconds} s; sie kommen bei den anderen Knoten wieder. {node} bekommt vom Verteiler keine neuen, bis Sie es zulassen.</translation>
    </message>
    <message>
        <source>This disconnects {clients}. They can connect again when it runs.</source>
        <translation>Das trennt {clients}. Sie können sich wieder verbinden, wenn er läuft.</translation>
    </message>
    <message>
        <source>This invitation {why}.</source>
        <translation>Diese Einladung {why}.</translation>
    </message>
    <message>
        <source>This is a mistake of the server: the log has more.</source>
        <translation>Das ist ein Fehler des Servers: Im Log steht mehr.</translation>
    </message>
    <message>
        <source>This is nested too deeply to be sent.</source>
        <translation>Dies ist zu tief verschachtelt, um gesendet zu werden.</translation>
    </message>
    <message>
        <source>This is {file}: {rows}, read-only.</source>
        <translation>Dies ist {file}: {rows}, nur lesbar.</translation>
    </message>
    <message>
        <source>This message was not sent.</source>
        <translation>Diese Nachricht wurde nicht gesendet.</translation>
    </message>
    <message>
        <source>This row belongs to no connection</source>
        <translation>Diese Zeile gehört zu keiner Verbindung</translation>
    </message>
    <message>
        <source>This row is of a file</source>
        <translation>Diese Zeile ist aus einer Datei</translation>
    </message>
    <message>
        <source>This run</source>
        <translation>Dieser Lauf</translation>
    </message>
    <message>
        <source>This server accepts it; it expires {when}.</source>
        <translation>Dieser Server nimmt es an; es läuft {when} ab.</translation>
    </message>
    <message>
        <source>This server does not know the token.</source>
        <translation>Dieser Server kennt das Token nicht.</translation>
    </message>
    <message>
        <source>This server is alone, and needs nothing else. Several that are one: see docs/cluster.md and the cluster&apos;s address on the Settings page.</source>
        <translation>Dieser Server ist allein und braucht nichts weiter. Zu mehreren, die einer sind: docs/cluster.md und die Adresse des Clusters in den Einstellungen.</translation>
    </message>
    <message>
        <source>This server is not known as &apos;{host}&apos;.</source>
        <translation>Dieser Server ist nicht als &apos;{host}&apos; bekannt.</translation>
    </message>
    <message>
        <source>This server knows no session by this id.</source>
        <translation>Dieser Server kennt keine Sitzung dieser Kennung.</translation>
    </message>
    <message>
        <source>This server refuses it ({reason}). {words}</source>
        <translation>Dieser Server lehnt es ab ({reason}). {words}</translation>
    </message>
    <message>
        <source>This system does not let it: {reason}.</source>
        <translation>Dieses System lässt es nicht zu: {reason}.</translation>
    </message>
    <message>
        <source>This system does not let you use port {port}.</source>
        <translation>Dieses System lässt Port {port} nicht zu.</translation>
    </message>
    <message>
        <source>Those known before stay in force.</source>
        <translation>Die zuvor bekannten bleiben in Kraft.</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Zeit</translation>
    </message>
    <message>
        <source>Time order</source>
        <translation>Nach Zeit</translation>
    </message>
    <message>
        <source>Title</source>
        <translation>Titel</translation>
    </message>
    <message>
        <source>To</source>
        <translation>An</translation>
    </message>
    <message>
        <source>To allow it: {value}={whole} (Settings, {group}, {label}).</source>
        <translation>Um es zu erlauben: {value}={whole} (Einstellungen, {group}, {label}).</translation>
    </message>
    <message>
        <source>To everyone: everybody, or only you and accounts with the role host. Direct messages go on.</source>
        <translation>An alle: jeder, oder nur Sie und Konten mit der Rolle Gastgeber. Direktnachrichten gehen weiter.</translation>
    </message>
    <message>
        <source>To keep the settings shown here, move the file away.</source>
        <translation>Um die hier gezeigten Einstellungen zu behalten, legen Sie die Datei beiseite.</translation>
    </message>
    <message>
        <source>To search for a path, quote it.</source>
        <translation>Um einen Pfad zu suchen, setzen Sie ihn in Anführungszeichen.</translation>
    </message>
    <message>
        <source>To search for the text, quote it.</source>
        <translation>Um den Text zu suchen, setzen Sie ihn in Anführungszeichen.</translation>
    </message>
    <message>
        <source>To stop it: Activity Monitor, process {pid}, Quit.</source>
        <translation>Um es zu beenden: Aktivitätsanzeige, Prozess {pid}, Beenden.</translation>
    </message>
    <message>
        <source>To stop it: Task Manager, Details, process {pid}, End task.</source>
        <translation>Um es zu beenden: Task-Manager, Details, Prozess {pid}, Task beenden.</translation>
    </message>
    <message>
        <source>To whom</source>
        <translation>An wen</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>Heute</translation>
    </message>
    <message>
        <source>Token</source>
        <translation>Token</translation>
    </message>
    <message>
        <source>Token and snippets…</source>
        <translation>Token und Codebeispiele …</translation>
    </message>
    <message>
        <source>Token expired ({code}).</source>
        <translation>Token abgelaufen ({code}).</translation>
    </message>
    <message>
        <source>Token for {name}</source>
        <translation>Token für {name}</translation>
    </message>
    <message>
        <source>Token inspector</source>
        <translation>Token-Prüfer</translation>
    </message>
    <message>
        <source>Token life</source>
        <translation>Gültigkeit der Token</translation>
    </message>
    <message>
        <source>Tokens end at once, and logging in is refused until you enable them again.</source>
        <translation>Token enden sofort, und Anmelden wird abgelehnt, bis Sie wieder aktivieren.</translation>
    </message>
    <message>
        <source>Tokens go on working until this program ends; at the next start a new secret is made and everyone logs in again.</source>
        <translation>Token wirken weiter, bis dieses Programm endet; beim nächsten Start wird ein neues Geheimnis erstellt, und alle melden sich neu an.</translation>
    </message>
    <message>
        <source>Tokens of your backend</source>
        <translation>Token Ihres Backends</translation>
    </message>
    <message>
        <source>Tomorrow</source>
        <translation>Morgen</translation>
    </message>
    <message>
        <source>Too many attempts.</source>
        <translation>Zu viele Versuche.</translation>
    </message>
    <message>
        <source>Too many messages are being read just now.</source>
        <translation>Gerade werden zu viele Nachrichten gelesen.</translation>
    </message>
    <message>
        <source>Too many messages wait for this user already.</source>
        <translation>Für diesen Benutzer warten schon zu viele Nachrichten.</translation>
    </message>
    <message>
        <source>Too many people wait for approval.</source>
        <translation>Zu viele Personen warten auf Zustimmung.</translation>
    </message>
    <message>
        <source>Traffic</source>
        <translation>Verkehr</translation>
    </message>
    <message>
        <source>Trusted proxies</source>
        <translation>Vertraute Proxys</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Erneut versuchen</translation>
    </message>
    <message>
        <source>Try again in {retry_after_s} s.</source>
        <translation>Versuchen Sie es in {retry_after_s} s wieder.</translation>
    </message>
    <message>
        <source>Try again later.</source>
        <translation>Versuchen Sie es später wieder.</translation>
    </message>
    <message>
        <source>Try again.</source>
        <translation>Versuchen Sie es erneut.</translation>
    </message>
    <message>
        <source>Try it from another device</source>
        <translation>Von einem anderen Gerät versuchen</translation>
    </message>
    <message>
        <source>Two runs compared</source>
        <translation>Zwei Läufe im Vergleich</translation>
    </message>
    <message>
        <source>Type</source>
        <translation>Typ</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Rückgängig</translation>
    </message>
    <message>
        <source>Until</source>
        <translation>Bis</translation>
    </message>
    <message>
        <source>Until I lift it</source>
        <translation>Bis ich sie aufhebe</translation>
    </message>
    <message>
        <source>Until a time…</source>
        <translation>Bis zu einer Zeit …</translation>
    </message>
    <message>
        <source>Up</source>
        <translation>Läuft seit</translation>
    </message>
    <message>
        <source>Use a random one.</source>
        <translation>Nehmen Sie einen zufälligen.</translation>
    </message>
    <message>
        <source>Use its address, or have the host list this name.</source>
        <translation>Verwenden Sie seine Adresse, oder lassen Sie den Gastgeber diesen Namen aufnehmen.</translation>
    </message>
    <message>
        <source>Use localhost, 0.0.0.0 or one adapter&apos;s address.</source>
        <translation>Verwenden Sie localhost, 0.0.0.0 oder die Adresse eines Adapters.</translation>
    </message>
    <message>
        <source>Use one kind.</source>
        <translation>Verwenden Sie eine Art.</translation>
    </message>
    <message>
        <source>Use one script.</source>
        <translation>Verwenden Sie eine Schrift.</translation>
    </message>
    <message>
        <source>Use one without it.</source>
        <translation>Verwenden Sie einen ohne.</translation>
    </message>
    <message>
        <source>Use port {port}</source>
        <translation>Port {port} nehmen</translation>
    </message>
    <message>
        <source>Use the newer program, or choose another data folder.</source>
        <translation>Verwenden Sie das neuere Programm, oder wählen Sie einen anderen Datenordner.</translation>
    </message>
    <message>
        <source>Use the newer program, or move the file away to have a new secret made.</source>
        <translation>Verwenden Sie das neuere Programm, oder legen Sie die Datei beiseite, damit ein neues Geheimnis erstellt wird.</translation>
    </message>
    <message>
        <source>Use the newer program, or move the file away.</source>
        <translation>Verwenden Sie das neuere Programm, oder legen Sie die Datei beiseite.</translation>
    </message>
    <message>
        <source>Use this one</source>
        <translation>Diese nehmen</translation>
    </message>
    <message>
        <source>Used</source>
        <translation>Genutzt</translation>
    </message>
    <message>
        <source>User</source>
        <translation>Benutzer</translation>
    </message>
    <message>
        <source>User {name}</source>
        <translation>Benutzer {name}</translation>
    </message>
    <message>
        <source>Username or password is wrong.</source>
        <translation>Benutzername oder Passwort ist falsch.</translation>
    </message>
    <message>
        <source>Users as they were</source>
        <translation>Benutzer, wie sie waren</translation>
    </message>
    <message>
        <source>Users to send to</source>
        <translation>Benutzer, an die gesendet wird</translation>
    </message>
    <message>
        <source>Uses</source>
        <translation>Nutzungen</translation>
    </message>
    <message>
        <source>Valid for</source>
        <translation>Gültig für</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>Wert</translation>
    </message>
    <message>
        <source>Verdict</source>
        <translation>Urteil</translation>
    </message>
    <message>
        <source>Version</source>
        <translation>Version</translation>
    </message>
    <message>
        <source>Very weak</source>
        <translation>Sehr schwach</translation>
    </message>
    <message>
        <source>Wait as long as the answer says, or let them try again now.</source>
        <translation>Warten Sie, wie die Antwort sagt, oder erlauben Sie jetzt einen neuen Versuch.</translation>
    </message>
    <message>
        <source>Wait as long as the answer says.</source>
        <translation>Warten Sie, so lange die Antwort sagt.</translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation>Wartend</translation>
    </message>
    <message>
        <source>Waiting ({people})</source>
        <translation>Wartend ({people})</translation>
    </message>
    <message>
        <source>Waiting for a device. The code holds for {time}.</source>
        <translation>Wartet auf ein Gerät. Der Code gilt {time}.</translation>
    </message>
    <message>
        <source>Waiting list</source>
        <translation>Warteliste</translation>
    </message>
    <message>
        <source>Waiting list ({people})</source>
        <translation>Warteliste ({people})</translation>
    </message>
    <message>
        <source>Waiting, as they read slowly: {waiting}.</source>
        <translation>Wartet, da sie langsam lesen: {waiting}.</translation>
    </message>
    <message>
        <source>What hosts do is noted here: start and stop, settings, accounts, bans.</source>
        <translation>Was Gastgeber tun, steht hier: Start und Stopp, Einstellungen, Konten, Sperren.</translation>
    </message>
    <message>
        <source>What is done here is done to all of them.</source>
        <translation>Was hier geschieht, geschieht mit allen.</translation>
    </message>
    <message>
        <source>What is long goes by WebSocket.</source>
        <translation>Langes geht über WebSocket.</translation>
    </message>
    <message>
        <source>Whom or what</source>
        <translation>Wen oder was</translation>
    </message>
    <message>
        <source>Words are searched in the content.
user: type: dir: ip: conn: code: to: node: compare a field, with * for any characters
is:error   content.path:value   size&gt;1k   took&gt;100ms   time&gt;20:41   or
/regular expression/   !not this   &quot;several words&quot;
Press / to come here, Return to go back, Escape to show everything.</source>
        <translation>Wörter werden im Inhalt gesucht.
user: type: dir: ip: conn: code: to: node: vergleichen ein Feld, mit * für beliebige Zeichen
is:error   content.pfad:wert   size&gt;1k   took&gt;100ms   time&gt;20:41   or
/regulärer Ausdruck/   !nicht dies   &quot;mehrere Wörter&quot;
/ führt hierher, Eingabe zurück, Escape zeigt alles.</translation>
    </message>
    <message>
        <source>Words of the name, address or app, #12 for a connection, or node:NAME</source>
        <translation>Wörter aus Name, Adresse oder App, #12 für eine Verbindung oder node:NAME</translation>
    </message>
    <message>
        <source>Warning</source>
        <translation>Warnung</translation>
    </message>
    <message>
        <source> a second</source>
        <translation> je Sekunde</translation>
    </message>
    <message>
        <source> bytes</source>
        <translation> Bytes</translation>
    </message>
    <message>
        <source> bytes/s</source>
        <translation> Bytes/s</translation>
    </message>
    <message>
        <source>&amp;Faults…</source>
        <translation>&amp;Störungen …</translation>
    </message>
    <message>
        <source>99 % within</source>
        <translation>99 % binnen</translation>
    </message>
    <message>
        <source>A message from “server”</source>
        <translation>Eine Nachricht von „server“</translation>
    </message>
    <message>
        <source>Choose {another}, or stop that program.</source>
        <translation>Wählen Sie {another}, oder beenden Sie jenes Programm.</translation>
    </message>
    <message>
        <source>Choose {another}.</source>
        <translation>Wählen Sie {another}.</translation>
    </message>
    <message>
        <source>The certificate is for {known}: browsers warn at {names}.</source>
        <translation>Das Zertifikat ist für {known}: Browser warnen bei {names}.</translation>
    </message>
    <message>
        <source>The client sends it again after “retryAfterMs”; the log says what is away.</source>
        <translation>Der Client sendet es nach „retryAfterMs“ erneut; das Log sagt, was fehlt.</translation>
    </message>
    <message>
        <source>The client waits as long as the error says, or you allow everyone {value} a second.</source>
        <translation>Der Client wartet so lange, wie der Fehler sagt, oder Sie erlauben allen {value} je Sekunde.</translation>
    </message>
    <message>
        <source>The secret&apos;s file {file} cannot be read ({why}).</source>
        <translation>Die Datei {file} des Geheimnisses kann nicht gelesen werden ({why}).</translation>
    </message>
    <message>
        <source>The secret&apos;s file {file} cannot be written ({why}).</source>
        <translation>Die Datei {file} des Geheimnisses kann nicht geschrieben werden ({why}).</translation>
    </message>
    <message>
        <source>This frame, as written</source>
        <translation>Dieses Frame, wie geschrieben</translation>
    </message>
    <message>
        <source>Time that has passed</source>
        <translation>Vergangene Zeit</translation>
    </message>
    <message>
        <source>To clients only</source>
        <translation>Nur zu Clients</translation>
    </message>
    <message>
        <source>Warnings and errors</source>
        <translation>Warnungen und Fehler</translation>
    </message>
    <message>
        <source>Weak</source>
        <translation>Schwach</translation>
    </message>
    <message>
        <source>Web pages that may connect, such as https://app.example.org or https://*.example.org; null for pages opened from disk.</source>
        <translation>Webseiten, die sich verbinden dürfen, etwa https://app.example.org oder https://*.example.org; null für Seiten von der Festplatte.</translation>
    </message>
    <message>
        <source>Welcome</source>
        <translation>Begrüßung</translation>
    </message>
    <message>
        <source>What</source>
        <translation>Was</translation>
    </message>
    <message>
        <source>What clients make of a bad network. The server itself stays well.</source>
        <translation>Was Clients aus einem schlechten Netz machen. Dem Server selbst geht es gut.</translation>
    </message>
    <message>
        <source>What happened</source>
        <translation>Was geschehen ist</translation>
    </message>
    <message>
        <source>What it says counts from the next start; until then nothing is saved.</source>
        <translation>Was darin steht, gilt ab dem nächsten Start; bis dahin wird nichts gespeichert.</translation>
    </message>
    <message>
        <source>What passes is also kept in a file of at most this size, across launches; 0: off.</source>
        <translation>Was hindurchgeht, wird auch in einer Datei von höchstens dieser Größe aufbewahrt, über Starts hinweg; 0: aus.</translation>
    </message>
    <message>
        <source>What they say</source>
        <translation>Was sie sagen</translation>
    </message>
    <message>
        <source>What this is, above the web client, such as the class or event.</source>
        <translation>Was dies ist, über dem Webclient, etwa die Klasse oder Veranstaltung.</translation>
    </message>
    <message>
        <source>What this server is for</source>
        <translation>Wozu dieser Server dient</translation>
    </message>
    <message>
        <source>What to send</source>
        <translation>Was gesendet wird</translation>
    </message>
    <message>
        <source>What waits for all slow clients together, and likewise what has come of all unfinished messages; beyond it, those who hold most are closed (4008, 1009).</source>
        <translation>Was für alle langsamen Clients zusammen wartet, und ebenso, was von allen unfertigen Nachrichten da ist; darüber wird getrennt, wer am meisten hält (4008, 1009).</translation>
    </message>
    <message>
        <source>What was done to accounts, and by whom, is forgotten after so long.</source>
        <translation>Was mit Konten geschah, und durch wen, wird nach dieser Zeit vergessen.</translation>
    </message>
    <message>
        <source>What was said since they joined</source>
        <translation>Was seit ihrem Beitritt gesagt wurde</translation>
    </message>
    <message>
        <source>What you paste is neither kept nor logged, and looking is no use of the token.</source>
        <translation>Was Sie einfügen, wird weder aufbewahrt noch geloggt, und Ansehen ist keine Nutzung des Tokens.</translation>
    </message>
    <message>
        <source>When Windows asks, choose Allow; or this line in a terminal run as administrator:</source>
        <translation>Wenn Windows fragt, wählen Sie Zulassen; oder diese Zeile in einem Terminal als Administrator:</translation>
    </message>
    <message>
        <source>Where</source>
        <translation>Wo</translation>
    </message>
    <message>
        <source>Which log</source>
        <translation>Welches Log</translation>
    </message>
    <message>
        <source>Who</source>
        <translation>Wer</translation>
    </message>
    <message>
        <source>Who can reach the server</source>
        <translation>Wer den Server erreicht</translation>
    </message>
    <message>
        <source>Who may make an account: anyone who reaches the server, whoever has an invitation, whomever you approve, or nobody.</source>
        <translation>Wer ein Konto anlegen darf: jeder, der den Server erreicht, wer eine Einladung hat, wem Sie zustimmen, oder niemand.</translation>
    </message>
    <message>
        <source>Who may write</source>
        <translation>Wer schreiben darf</translation>
    </message>
    <message>
        <source>Who may write and come in</source>
        <translation>Wer schreiben und hereinkommen darf</translation>
    </message>
    <message>
        <source>Who waits</source>
        <translation>Wer wartet</translation>
    </message>
    <message>
        <source>Whoever opens it can register.</source>
        <translation>Wer ihn öffnet, kann sich registrieren.</translation>
    </message>
    <message>
        <source>Whole</source>
        <translation>Ganz</translation>
    </message>
    <message>
        <source>Whole screen</source>
        <translation>Ganzer Bildschirm</translation>
    </message>
    <message>
        <source>Whose</source>
        <translation>Wessen</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>Warum</translation>
    </message>
    <message>
        <source>Wi-Fi of the room</source>
        <translation>WLAN des Raums</translation>
    </message>
    <message>
        <source>Windows Defender Firewall blocks this program on {name} networks.</source>
        <translation>Die Windows Defender Firewall sperrt dieses Programm in Netzen der Art {name}.</translation>
    </message>
    <message>
        <source>Windows Defender Firewall could not be read.</source>
        <translation>Die Windows Defender Firewall war nicht lesbar.</translation>
    </message>
    <message>
        <source>Windows Defender Firewall lets this program in.</source>
        <translation>Die Windows Defender Firewall lässt dieses Programm herein.</translation>
    </message>
    <message>
        <source>Windows Security, Firewall &amp; network protection, Allow an app through firewall: tick it.</source>
        <translation>Windows-Sicherheit, Firewall- &amp; Netzwerkschutz, Zugriff von App durch Firewall zulassen: ankreuzen.</translation>
    </message>
    <message>
        <source>With clients connected: ask, keep the server running out of sight, or stop it.</source>
        <translation>Mit verbundenen Clients: fragen, den Server unsichtbar weiterlaufen lassen, oder ihn stoppen.</translation>
    </message>
    <message>
        <source>With the account go {at_least}{messages} it wrote or was sent, {waiting} of them still waiting.</source>
        <translation>Mit dem Konto gehen {at_least}{messages}, die es schrieb oder bekam, {waiting} davon warten noch.</translation>
    </message>
    <message>
        <source>Within</source>
        <translation>Binnen</translation>
    </message>
    <message>
        <source>Without one, run the server alone: authws-desktop serve (authws-desktop serve --help shows its options).</source>
        <translation>Ohne einen führen Sie den Server allein aus: authws-desktop serve (authws-desktop serve --help zeigt seine Optionen).</translation>
    </message>
    <message>
        <source>Write a JSON value, such as {&quot;text&quot;: &quot;hello&quot;}.</source>
        <translation>Schreiben Sie einen JSON-Wert, etwa {&quot;text&quot;: &quot;hello&quot;}.</translation>
    </message>
    <message>
        <source>Write a blank after the quoted text.</source>
        <translation>Schreiben Sie ein Leerzeichen nach dem Text in Anführungszeichen.</translation>
    </message>
    <message>
        <source>Write a filter after “or”.</source>
        <translation>Schreiben Sie einen Filter nach „or“.</translation>
    </message>
    <message>
        <source>Write a filter before “or”, or quote it to search for the word.</source>
        <translation>Schreiben Sie einen Filter vor „or“, oder setzen Sie es in Anführungszeichen, um das Wort zu suchen.</translation>
    </message>
    <message>
        <source>Write a number or null.</source>
        <translation>Schreiben Sie eine Zahl oder null.</translation>
    </message>
    <message>
        <source>Write a value after “{value}:”.</source>
        <translation>Schreiben Sie einen Wert nach „{value}:“.</translation>
    </message>
    <message>
        <source>Write localhost, 0.0.0.0 or one adapter&apos;s address, without http:// and port; not “{value}”.</source>
        <translation>Schreiben Sie localhost, 0.0.0.0 oder die Adresse eines Adapters, ohne http:// und Port; nicht „{value}“.</translation>
    </message>
    <message>
        <source>Write one such as 192.168.1.20.</source>
        <translation>Schreiben Sie eine wie 192.168.1.20.</translation>
    </message>
    <message>
        <source>Write the keys on the way, such as content.text.</source>
        <translation>Schreiben Sie die Schlüssel auf dem Weg, etwa content.text.</translation>
    </message>
    <message>
        <source>Write what to leave out after “!”.</source>
        <translation>Schreiben Sie nach „!“, was auszulassen ist.</translation>
    </message>
    <message>
        <source>Write “!” before what to leave out, or quote “not” to search for the word.</source>
        <translation>Schreiben Sie „!“ vor das Auszulassende, oder setzen Sie „not“ in Anführungszeichen, um das Wort zu suchen.</translation>
    </message>
    <message>
        <source>Write “or” between two filters.</source>
        <translation>Schreiben Sie „or“ zwischen zwei Filter.</translation>
    </message>
    <message>
        <source>Written to {connections}.</source>
        <translation>Geschrieben an {connections}.</translation>
    </message>
    <message>
        <source>Written to {written} of {connections} within {time}.</source>
        <translation>Geschrieben an {written} von {connections} binnen {time}.</translation>
    </message>
    <message>
        <source>Written to {written} of {receivers} within {took}.</source>
        <translation>Geschrieben an {written} von {receivers} binnen {took}.</translation>
    </message>
    <message>
        <source>Wrote {rows} to {file}, and {test}, which replays them.</source>
        <translation>{rows} nach {file} geschrieben, und {test}, das sie abspielt.</translation>
    </message>
    <message>
        <source>Yes, after a new login.</source>
        <translation>Ja, nach neuer Anmeldung.</translation>
    </message>
    <message>
        <source>Yes, after a pause.</source>
        <translation>Ja, nach einer Pause.</translation>
    </message>
    <message>
        <source>Yes, then authenticate.</source>
        <translation>Ja, dann anmelden.</translation>
    </message>
    <message>
        <source>Yes, with backoff.</source>
        <translation>Ja, mit wachsenden Pausen.</translation>
    </message>
    <message>
        <source>Yesterday</source>
        <translation>Gestern</translation>
    </message>
    <message>
        <source>accepted</source>
        <translation>angenommen</translation>
    </message>
    <message>
        <source>account</source>
        <translation>Konto</translation>
    </message>
    <message>
        <source>acknowledged</source>
        <translation>bestätigt</translation>
    </message>
    <message>
        <source>active</source>
        <translation>aktiv</translation>
    </message>
    <message>
        <source>address</source>
        <translation>Adresse</translation>
    </message>
    <message>
        <source>all nodes</source>
        <translation>alle Knoten</translation>
    </message>
    <message>
        <source>always the same</source>
        <translation>immer gleich</translation>
    </message>
    <message>
        <source>an earlier secret that is still accepted</source>
        <translation>einem früheren Geheimnis, das noch gilt</translation>
    </message>
    <message>
        <source>and {count} more</source>
        <translation>und {count} weitere</translation>
    </message>
    <message>
        <source>another copy of this program ({owner})</source>
        <translation>einer anderen Kopie dieses Programms ({owner})</translation>
    </message>
    <message>
        <source>another port</source>
        <translation>einen anderen Port</translation>
    </message>
    <message>
        <source>another program</source>
        <translation>einem anderen Programm</translation>
    </message>
    <message>
        <source>another program ({owner})</source>
        <translation>einem anderen Programm ({owner})</translation>
    </message>
    <message>
        <source>any</source>
        <translation>beliebig</translation>
    </message>
    <message>
        <source>any free port</source>
        <translation>irgendein freier Port</translation>
    </message>
    <message>
        <source>at least </source>
        <translation>mindestens </translation>
    </message>
    <message>
        <source>away</source>
        <translation>fort</translation>
    </message>
    <message>
        <source>binary</source>
        <translation>binär</translation>
    </message>
    <message>
        <source>bytes</source>
        <translation>Bytes</translation>
    </message>
    <message>
        <source>cannot be counted now</source>
        <translation>gerade nicht zählbar</translation>
    </message>
    <message>
        <source>characters</source>
        <translation>Zeichen</translation>
    </message>
    <message>
        <source>club makes http://club.local:PORT work on most devices nearby. Empty: none.</source>
        <translation>club lässt http://club.local:PORT auf den meisten Geräten in der Nähe wirken. Leer: keiner.</translation>
    </message>
    <message>
        <source>command line</source>
        <translation>Befehlszeile</translation>
    </message>
    <message>
        <source>connections</source>
        <translation>Verbindungen</translation>
    </message>
    <message>
        <source>days</source>
        <translation>Tage</translation>
    </message>
    <message>
        <source>default</source>
        <translation>Vorgabe</translation>
    </message>
    <message>
        <source>differs</source>
        <translation>anders</translation>
    </message>
    <message>
        <source>disabled</source>
        <translation>deaktiviert</translation>
    </message>
    <message>
        <source>disabled: cannot log in</source>
        <translation>deaktiviert: kann sich nicht anmelden</translation>
    </message>
    <message>
        <source>does not exist or was revoked</source>
        <translation>gibt es nicht, oder sie wurde widerrufen</translation>
    </message>
    <message>
        <source>done</source>
        <translation>erledigt</translation>
    </message>
    <message>
        <source>draining</source>
        <translation>leert sich</translation>
    </message>
    <message>
        <source>ends too early</source>
        <translation>endet zu früh</translation>
    </message>
    <message>
        <source>ends {connections}</source>
        <translation>beendet {connections}</translation>
    </message>
    <message>
        <source>environment</source>
        <translation>Umgebung</translation>
    </message>
    <message>
        <source>expired</source>
        <translation>abgelaufen</translation>
    </message>
    <message>
        <source>expired; choose a life for a new one</source>
        <translation>abgelaufen; wählen Sie eine Gültigkeit für ein neues</translation>
    </message>
    <message>
        <source>filtering, {percent} %</source>
        <translation>wird gefiltert, {percent} %</translation>
    </message>
    <message>
        <source>generated</source>
        <translation>erzeugt</translation>
    </message>
    <message>
        <source>given</source>
        <translation>gegeben</translation>
    </message>
    <message>
        <source>good</source>
        <translation>gut</translation>
    </message>
    <message>
        <source>guest</source>
        <translation>Gast</translation>
    </message>
    <message>
        <source>half of a surrogate pair stands alone (byte {half})</source>
        <translation>die Hälfte eines Surrogatpaars steht allein (Byte {half})</translation>
    </message>
    <message>
        <source>has expired</source>
        <translation>ist abgelaufen</translation>
    </message>
    <message>
        <source>host</source>
        <translation>Gastgeber</translation>
    </message>
    <message>
        <source>https and wss</source>
        <translation>https und wss</translation>
    </message>
    <message>
        <source>in {rate}/s</source>
        <translation>ein {rate}/s</translation>
    </message>
    <message>
        <source>in {time}</source>
        <translation>in {time}</translation>
    </message>
    <message>
        <source>is used up</source>
        <translation>ist verbraucht</translation>
    </message>
    <message>
        <source>just now</source>
        <translation>gerade eben</translation>
    </message>
    <message>
        <source>kept</source>
        <translation>behalten</translation>
    </message>
    <message>
        <source>left out</source>
        <translation>ausgelassen</translation>
    </message>
    <message>
        <source>localhost: only this computer. 0.0.0.0: everyone on the network. Or one adapter&apos;s address.</source>
        <translation>localhost: nur dieser Computer. 0.0.0.0: alle im Netzwerk. Oder die Adresse eines Adapters.</translation>
    </message>
    <message>
        <source>lost: closed</source>
        <translation>verloren: getrennt</translation>
    </message>
    <message>
        <source>member</source>
        <translation>Mitglied</translation>
    </message>
    <message>
        <source>messages</source>
        <translation>Nachrichten</translation>
    </message>
    <message>
        <source>never</source>
        <translation>nie</translation>
    </message>
    <message>
        <source>no code</source>
        <translation>ohne Code</translation>
    </message>
    <message>
        <source>no connections</source>
        <translation>keine Verbindungen</translation>
    </message>
    <message>
        <source>no end</source>
        <translation>kein Ende</translation>
    </message>
    <message>
        <source>no limit</source>
        <translation>keine Grenze</translation>
    </message>
    <message>
        <source>no name</source>
        <translation>keinen Namen</translation>
    </message>
    <message>
        <source>no sessions</source>
        <translation>keine Sitzungen</translation>
    </message>
    <message>
        <source>none</source>
        <translation>keine</translation>
    </message>
    <message>
        <source>none kept</source>
        <translation>keine aufbewahrt</translation>
    </message>
    <message>
        <source>none yet</source>
        <translation>noch keine</translation>
    </message>
    <message>
        <source>not late</source>
        <translation>nicht spät</translation>
    </message>
    <message>
        <source>not now</source>
        <translation>jetzt nicht</translation>
    </message>
    <message>
        <source>nothing more</source>
        <translation>nichts weiter</translation>
    </message>
    <message>
        <source>now</source>
        <translation>jetzt</translation>
    </message>
    <message>
        <source>off; local: a certificate made here, which each device must trust once; files: your own.</source>
        <translation>off; local: ein hier erstelltes Zertifikat, dem jedes Gerät einmal vertrauen muss; files: ein eigenes.</translation>
    </message>
    <message>
        <source>only this computer</source>
        <translation>nur dieser Computer</translation>
    </message>
    <message>
        <source>out {rate}/s</source>
        <translation>aus {rate}/s</translation>
    </message>
    <message>
        <source>password</source>
        <translation>Passwort</translation>
    </message>
    <message>
        <source>paused, {count} came since</source>
        <translation>angehalten, {count} kamen seither</translation>
    </message>
    <message>
        <source>per 15 min</source>
        <translation>je 15 min</translation>
    </message>
    <message>
        <source>port {port}</source>
        <translation>Port {port}</translation>
    </message>
    <message>
        <source>pure Python</source>
        <translation>reines Python</translation>
    </message>
    <message>
        <source>queued</source>
        <translation>wartet</translation>
    </message>
    <message>
        <source>refused</source>
        <translation>abgelehnt</translation>
    </message>
    <message>
        <source>replayed</source>
        <translation>nachgeholt</translation>
    </message>
    <message>
        <source>rows</source>
        <translation>Zeilen</translation>
    </message>
    <message>
        <source>s</source>
        <translation>s</translation>
    </message>
    <message>
        <source>same</source>
        <translation>gleich</translation>
    </message>
    <message>
        <source>saved settings</source>
        <translation>gespeicherte Einstellungen</translation>
    </message>
    <message>
        <source>seconds</source>
        <translation>Sekunden</translation>
    </message>
    <message>
        <source>sent late</source>
        <translation>spät gesendet</translation>
    </message>
    <message>
        <source>silent {count} s</source>
        <translation>seit {count} s still</translation>
    </message>
    <message>
        <source>somebody else</source>
        <translation>jemand anderem</translation>
    </message>
    <message>
        <source>somebody who did not log in</source>
        <translation>jemand ohne Anmeldung</translation>
    </message>
    <message>
        <source>sorted by {column}</source>
        <translation>sortiert nach {column}</translation>
    </message>
    <message>
        <source>sorting, {percent} %</source>
        <translation>wird sortiert, {percent} %</translation>
    </message>
    <message>
        <source>the current secret</source>
        <translation>dem jetzigen Geheimnis</translation>
    </message>
    <message>
        <source>the newest</source>
        <translation>die neuesten</translation>
    </message>
    <message>
        <source>the two are {time} apart</source>
        <translation>beide liegen {time} auseinander</translation>
    </message>
    <message>
        <source>there</source>
        <translation>da</translation>
    </message>
    <message>
        <source>there, {lag}</source>
        <translation>da, {lag}</translation>
    </message>
    <message>
        <source>this node</source>
        <translation>dieser Knoten</translation>
    </message>
    <message>
        <source>this one</source>
        <translation>dieser</translation>
    </message>
    <message>
        <source>up {time}</source>
        <translation>läuft {time}</translation>
    </message>
    <message>
        <source>usable</source>
        <translation>gültig</translation>
    </message>
    <message>
        <source>used up</source>
        <translation>verbraucht</translation>
    </message>
    <message>
        <source>user</source>
        <translation>Benutzer</translation>
    </message>
    <message>
        <source>virtual or VPN</source>
        <translation>virtuell oder VPN</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>wartet</translation>
    </message>
    <message>
        <source>when you end it</source>
        <translation>wenn Sie es beenden</translation>
    </message>
    <message>
        <source>written</source>
        <translation>geschrieben</translation>
    </message>
    <message>
        <source>you end it</source>
        <translation>Sie es beenden</translation>
    </message>
    <message>
        <source>you lift it</source>
        <translation>Sie sie aufheben</translation>
    </message>
    <message>
        <source>{accounts}, {online} online</source>
        <translation>{accounts}, {online} online</translation>
    </message>
    <message>
        <source>{activity}
Click for a larger chart</source>
        <translation>{activity}
Klicken Sie für ein größeres Diagramm</translation>
    </message>
    <message>
        <source>{address} is this computer itself, which cannot be banned.</source>
        <translation>{address} ist dieser Computer selbst und kann nicht gesperrt werden.</translation>
    </message>
    <message>
        <source>{cards} with new passwords were not put away. They are not kept anywhere.</source>
        <translation>{cards} mit neuen Passwörtern wurden nicht weggelegt. Sie sind nirgends aufbewahrt.</translation>
    </message>
    <message>
        <source>{changes} · nobody is disconnected</source>
        <translation>{changes} · niemand wird getrennt</translation>
    </message>
    <message>
        <source>{changes} · saving disconnects {clients}</source>
        <translation>{changes} · Speichern trennt {clients}</translation>
    </message>
    <message>
        <source>{chosen} of {all} selected</source>
        <translation>{chosen} von {all} gewählt</translation>
    </message>
    <message>
        <source>{count} addresses</source>
        <translation>{count} Adressen</translation>
    </message>
    <message>
        <source>{count} messages from before were sent.</source>
        <translation>{count} Nachrichten von zuvor wurden gesendet.</translation>
    </message>
    <message>
        <source>{count} new ↓</source>
        <translation>{count} neue ↓</translation>
    </message>
    <message>
        <source>{count} of them read slowly; it waits.</source>
        <translation>{count} davon lesen langsam; es wartet.</translation>
    </message>
    <message>
        <source>{count} people are here</source>
        <translation>{count} Personen sind da</translation>
    </message>
    <message>
        <source>{count} users</source>
        <translation>{count} Benutzer</translation>
    </message>
    <message>
        <source>{entry} is not allowed.</source>
        <translation>{entry} ist nicht erlaubt.</translation>
    </message>
    <message>
        <source>{error} No account was made. Go back and press Preview to see what is left.</source>
        <translation>{error} Kein Konto wurde angelegt. Gehen Sie zurück und drücken Sie Vorschau, um zu sehen, was bleibt.</translation>
    </message>
    <message>
        <source>{file} cannot be read ({reason}). Choose another file.</source>
        <translation>{file} ist nicht lesbar ({reason}). Wählen Sie eine andere Datei.</translation>
    </message>
    <message>
        <source>{file} cannot be read ({strerror})</source>
        <translation>{file} kann nicht gelesen werden ({strerror})</translation>
    </message>
    <message>
        <source>{file} cannot be read ({strerror}).</source>
        <translation>{file} ist nicht lesbar ({strerror}).</translation>
    </message>
    <message>
        <source>{file} cannot be written ({reason}). Choose another folder.</source>
        <translation>{file} ist nicht beschreibbar ({reason}). Wählen Sie einen anderen Ordner.</translation>
    </message>
    <message>
        <source>{file} is not a file.</source>
        <translation>{file} ist keine Datei.</translation>
    </message>
    <message>
        <source>{first}, {second} and {count} more</source>
        <translation>{first}, {second} und {count} weitere</translation>
    </message>
    <message>
        <source>{guests} will be logged out for good. Their names are free again.</source>
        <translation>{guests} werden endgültig abgemeldet. Ihre Namen sind wieder frei.</translation>
    </message>
    <message>
        <source>{host} is not an address of this computer now.</source>
        <translation>{host} ist zurzeit keine Adresse dieses Computers.</translation>
    </message>
    <message>
        <source>{label} must not be empty.</source>
        <translation>{label} darf nicht leer sein.</translation>
    </message>
    <message>
        <source>{least_chars} to {password_max_chars} characters</source>
        <translation>{least_chars} bis {password_max_chars} Zeichen</translation>
    </message>
    <message>
        <source>{least} to {most} letters and digits, single blanks, and . _ - @ + &apos;</source>
        <translation>{least} bis {most} Buchstaben und Ziffern, einzelne Leerzeichen und . _ - @ + &apos;</translation>
    </message>
    <message>
        <source>{low} to {high} · default {default}</source>
        <translation>{low} bis {high} · Vorgabe {default}</translation>
    </message>
    <message>
        <source>{macos_clicks}: set it to allow incoming connections.</source>
        <translation>{macos_clicks}: eingehende Verbindungen erlauben.</translation>
    </message>
    <message>
        <source>{macos_clicks}: switch that off.</source>
        <translation>{macos_clicks}: schalten Sie das aus.</translation>
    </message>
    <message>
        <source>{messages} are deleted for good, those that wait for people who are away included. Who comes back gets none of them. The traffic and its history stay as they are.</source>
        <translation>{messages} werden endgültig gelöscht, auch die, die auf Abwesende warten. Wer zurückkommt, bekommt keine davon. Verkehr und Verlauf bleiben, wie sie sind.</translation>
    </message>
    <message>
        <source>{names} and {last}</source>
        <translation>{names} und {last}</translation>
    </message>
    <message>
        <source>{names} may try again now.</source>
        <translation>{names} darf es jetzt wieder versuchen.</translation>
    </message>
    <message>
        <source>{name} (has left)</source>
        <translation>{name} (ist gegangen)</translation>
    </message>
    <message>
        <source>{name} acknowledged it {after} later.</source>
        <translation>{name} bestätigte {after} später.</translation>
    </message>
    <message>
        <source>{name} did not fetch it in time; it is gone.</source>
        <translation>{name} holte es nicht rechtzeitig ab; es ist fort.</translation>
    </message>
    <message>
        <source>{name} has a new password.</source>
        <translation>{name} hat ein neues Passwort.</translation>
    </message>
    <message>
        <source>{name} is away: it waits for the next login, until {until}.</source>
        <translation>{name} ist fort: Es wartet auf die nächste Anmeldung, bis {until}.</translation>
    </message>
    <message>
        <source>{name} is damaged at line {number}.</source>
        <translation>{name} ist in Zeile {number} beschädigt.</translation>
    </message>
    <message>
        <source>{name} is not connected, and was not since the traffic is kept.</source>
        <translation>{name} ist nicht verbunden und war es nicht, seit der Verkehr aufbewahrt wird.</translation>
    </message>
    <message>
        <source>{name} is not connected: left {when} with {value}.</source>
        <translation>{name} ist nicht verbunden: ging {when} mit {value}.</translation>
    </message>
    <message>
        <source>{name} was away, and got it {after} later.</source>
        <translation>{name} war fort und bekam es {after} später.</translation>
    </message>
    <message>
        <source>{name} was changed meanwhile ({who}{when}); now: {role}, {state}.</source>
        <translation>{name} wurde inzwischen geändert ({who}{when}); jetzt: {role}, {state}.</translation>
    </message>
    <message>
        <source>{name} was written by a newer version of this program.</source>
        <translation>{name} wurde von einer neueren Version dieses Programms geschrieben.</translation>
    </message>
    <message>
        <source>{now} now, {most} at most</source>
        <translation>{now} jetzt, höchstens {most}</translation>
    </message>
    <message>
        <source>{problem} (character {place})</source>
        <translation>{problem} (Zeichen {place})</translation>
    </message>
    <message>
        <source>{rows} ({missing} passed too fast)</source>
        <translation>{rows} ({missing} gingen zu schnell vorbei)</translation>
    </message>
    <message>
        <source>{rows} came and went while paused: the memory for traffic was full.</source>
        <translation>{rows} kamen und gingen während der Pause: Der Speicher für den Verkehr war voll.</translation>
    </message>
    <message>
        <source>{same}, and there is no difference.</source>
        <translation>{same}, und es gibt keinen Unterschied.</translation>
    </message>
    <message>
        <source>{same}. Then a connection of {name} differs:</source>
        <translation>{same}. Dann weicht eine Verbindung von {name} ab:</translation>
    </message>
    <message>
        <source>{sentence} It is not used.</source>
        <translation>{sentence} Sie wird nicht verwendet.</translation>
    </message>
    <message>
        <source>{sentence} To search for the text, quote it.</source>
        <translation>{sentence} Um den Text zu suchen, setzen Sie ihn in Anführungszeichen.</translation>
    </message>
    <message>
        <source>{shown} of {all} shown</source>
        <translation>{shown} von {all} gezeigt</translation>
    </message>
    <message>
        <source>{shown} of {rows}</source>
        <translation>{shown} von {rows}</translation>
    </message>
    <message>
        <source>{time} ago</source>
        <translation>vor {time}</translation>
    </message>
    <message>
        <source>{value} is no traffic exported by this program as JSON Lines.</source>
        <translation>{value} ist kein von diesem Programm als JSON Lines exportierter Verkehr.</translation>
    </message>
    <message>
        <source>{value} {key} wait {wait_s} s after {failures} failures (Retry-After: {wait_s}).</source>
        <translation>{value} {key} warten {wait_s} s nach {failures} Fehlversuchen (Retry-After: {wait_s}).</translation>
    </message>
    <message>
        <source>{variable} ({source}) is no setting.</source>
        <translation>{variable} ({source}) ist keine Einstellung.</translation>
    </message>
    <message>
        <source>{variable} ({source}) is not used: {reason}.</source>
        <translation>{variable} ({source}) wird nicht verwendet: {reason}.</translation>
    </message>
    <message>
        <source>{what} belongs to another program.</source>
        <translation>{what} gehört einem anderen Programm.</translation>
    </message>
    <message>
        <source>{what} cannot be opened ({detail}).</source>
        <translation>{what} lässt sich nicht öffnen ({detail}).</translation>
    </message>
    <message>
        <source>{what} cannot be used ({detail}).</source>
        <translation>{what} ist nicht brauchbar ({detail}).</translation>
    </message>
    <message>
        <source>{what} cannot grow: the disk is full.</source>
        <translation>{what} kann nicht wachsen: Der Datenträger ist voll.</translation>
    </message>
    <message>
        <source>{what} contains half a character (a lone surrogate).</source>
        <translation>{what} enthält ein halbes Zeichen (ein einzelnes Surrogat).</translation>
    </message>
    <message>
        <source>{what} is UTF-16, not UTF-8.</source>
        <translation>{what} ist UTF-16, nicht UTF-8.</translation>
    </message>
    <message>
        <source>{what} is damaged or is not a database.</source>
        <translation>{what} ist beschädigt oder keine Datenbank.</translation>
    </message>
    <message>
        <source>{what} is locked by another program.</source>
        <translation>{what} ist von einem anderen Programm gesperrt.</translation>
    </message>
    <message>
        <source>{what} is nested too deeply.</source>
        <translation>{what} ist zu tief verschachtelt.</translation>
    </message>
    <message>
        <source>{what} is not UTF-8: byte {value} is 0x{byte}.</source>
        <translation>{what} ist nicht UTF-8: Byte {value} ist 0x{byte}.</translation>
    </message>
    <message>
        <source>{what} is not valid JSON: {detail}.</source>
        <translation>{what} ist kein gültiges JSON: {detail}.</translation>
    </message>
    <message>
        <source>{what} is read-only.</source>
        <translation>{what} ist schreibgeschützt.</translation>
    </message>
    <message>
        <source>{what} must be a JSON object, not {value}.</source>
        <translation>{what} muss ein JSON-Objekt sein, nicht {value}.</translation>
    </message>
    <message>
        <source>{what} must have {limits}.</source>
        <translation>{what} muss {limits} haben.</translation>
    </message>
    <message>
        <source>{what} was deleted or moved away while this program uses it.</source>
        <translation>{what} wurde gelöscht oder verschoben, während dieses Programm es nutzt.</translation>
    </message>
    <message>
        <source>{what} was replaced or overwritten by another program while this one uses it.</source>
        <translation>{what} wurde von einem anderen Programm ersetzt oder überschrieben, während dieses es nutzt.</translation>
    </message>
    <message>
        <source>{what} was written by a newer version of this program.</source>
        <translation>{what} wurde von einer neueren Version dieses Programms geschrieben.</translation>
    </message>
    <message>
        <source>{where} cannot be asked ({name})</source>
        <translation>{where} kann nicht gefragt werden ({name})</translation>
    </message>
    <message>
        <source>{where} must be a whole number{example}, not &apos;{text}&apos;.</source>
        <translation>{where} muss eine ganze Zahl sein{example}, nicht &apos;{text}&apos;.</translation>
    </message>
    <message>
        <source>{where} must be one of {allowed}, not &apos;{value}&apos;.</source>
        <translation>{where} muss eines von {allowed} sein, nicht &apos;{value}&apos;.</translation>
    </message>
    <message>
        <source>{where} must be {limits}, not {value}.</source>
        <translation>{where} muss {limits} sein, nicht {value}.</translation>
    </message>
    <message>
        <source>{where} takes letters, digits and hyphens, such as club.</source>
        <translation>{where} nimmt Buchstaben, Ziffern und Bindestriche, etwa club.</translation>
    </message>
    <message>
        <source>{why} Nothing of it is used.</source>
        <translation>{why} Nichts davon wird verwendet.</translation>
    </message>
    <message>
        <source>“{name}:” knows no “{wrong}”.</source>
        <translation>„{name}:“ kennt kein „{wrong}“.</translation>
    </message>
    <message>
        <source>“{name}” is compared: write {name}&gt; or {name}&lt;.</source>
        <translation>„{name}“ wird verglichen: Schreiben Sie {name}&gt; oder {name}&lt;.</translation>
    </message>
    <message>
        <source>“{setting}” is set from outside: {source}. Change it there.</source>
        <translation>„{setting}“ ist von außen gesetzt: {source}. Ändern Sie es dort.</translation>
    </message>
    <message>
        <source>“{value}” cannot be compared; size, took and time can.</source>
        <translation>„{value}“ lässt sich nicht vergleichen; size, took und time schon.</translation>
    </message>
    <message>
        <source>… {count} more bytes</source>
        <translation>… {count} weitere Bytes</translation>
    </message>
    <message>
        <source>○ Not connected yet: run a snippet and watch it arrive.</source>
        <translation>○ Noch nicht verbunden: Führen Sie ein Codebeispiel aus und sehen Sie zu.</translation>
    </message>
    <message>
        <source>● Connected from {address}</source>
        <translation>● Verbunden von {address}</translation>
    </message>
</context>
</TS>
