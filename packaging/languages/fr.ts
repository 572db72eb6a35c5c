<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="fr" sourcelanguage="en">
<context>
    <name>Authws</name>
    <message>
        <source> One more fault below.</source>
        <translation> Une autre panne ci-dessous.</translation>
    </message>
    <message>
        <source> Save to have it so.</source>
        <translation> Enregistrez pour l’appliquer.</translation>
    </message>
    <message>
        <source> {count} more faults below.</source>
        <translation> {count} autres pannes ci-dessous.</translation>
    </message>
    <message numerus="yes">
        <source>%n accounts</source>
        <translation>
            <numerusform>%n compte</numerusform>
            <numerusform>%n comptes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n accounts will be made.</source>
        <translation>
            <numerusform>%n compte sera créé.</numerusform>
            <numerusform>%n comptes seront créés.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n acts</source>
        <translation>
            <numerusform>%n acte</numerusform>
            <numerusform>%n actes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n bytes</source>
        <translation>
            <numerusform>%n octet</numerusform>
            <numerusform>%n octets</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n cards</source>
        <translation>
            <numerusform>%n carte</numerusform>
            <numerusform>%n cartes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n changes</source>
        <translation>
            <numerusform>%n modification</numerusform>
            <numerusform>%n modifications</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n clients</source>
        <translation>
            <numerusform>%n client</numerusform>
            <numerusform>%n clients</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n clients are connected.</source>
        <translation>
            <numerusform>%n client est connecté.</numerusform>
            <numerusform>%n clients sont connectés.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n connections</source>
        <translation>
            <numerusform>%n connexion</numerusform>
            <numerusform>%n connexions</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n connections still use the old secret.</source>
        <translation>
            <numerusform>%n connexion utilise encore l’ancien secret.</numerusform>
            <numerusform>%n connexions utilisent encore l’ancien secret.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n errors</source>
        <translation>
            <numerusform>%n erreur</numerusform>
            <numerusform>%n erreurs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n fields</source>
        <translation>
            <numerusform>%n champ</numerusform>
            <numerusform>%n champs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n guests</source>
        <translation>
            <numerusform>%n invité</numerusform>
            <numerusform>%n invités</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n invitations</source>
        <translation>
            <numerusform>%n invitation</numerusform>
            <numerusform>%n invitations</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n items</source>
        <translation>
            <numerusform>%n élément</numerusform>
            <numerusform>%n éléments</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n joined</source>
        <translation>
            <numerusform>%n entrée</numerusform>
            <numerusform>%n entrées</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n kept messages</source>
        <translation>
            <numerusform>%n message conservé</numerusform>
            <numerusform>%n messages conservés</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n lines</source>
        <translation>
            <numerusform>%n ligne</numerusform>
            <numerusform>%n lignes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n lines have a problem and are left out.</source>
        <translation>
            <numerusform>%n ligne a un problème et est omise.</numerusform>
            <numerusform>%n lignes ont un problème et sont omises.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n logins were refused.</source>
        <translation>
            <numerusform>%n connexion a été refusée.</numerusform>
            <numerusform>%n connexions ont été refusées.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n messages</source>
        <translation>
            <numerusform>%n message</numerusform>
            <numerusform>%n messages</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n people wait for your approval.</source>
        <translation>
            <numerusform>%n personne attend votre accord.</numerusform>
            <numerusform>%n personnes attendent votre accord.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n read slowly: it waits for them.</source>
        <translation>
            <numerusform>%n lit lentement : cela attend.</numerusform>
            <numerusform>%n lisent lentement : cela les attend.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n rows</source>
        <translation>
            <numerusform>%n ligne</numerusform>
            <numerusform>%n lignes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n rows are the same</source>
        <translation>
            <numerusform>%n ligne est identique</numerusform>
            <numerusform>%n lignes sont identiques</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n sessions</source>
        <translation>
            <numerusform>%n session</numerusform>
            <numerusform>%n sessions</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n users</source>
        <translation>
            <numerusform>%n utilisateur</numerusform>
            <numerusform>%n utilisateurs</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n values are wrong</source>
        <translation>
            <numerusform>%n valeur est incorrecte</numerusform>
            <numerusform>%n valeurs sont incorrectes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n were lost as their connections closed.</source>
        <translation>
            <numerusform>%n perdu à la fermeture de la connexion.</numerusform>
            <numerusform>%n perdus à la fermeture de leurs connexions.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n were sent late.</source>
        <translation>
            <numerusform>%n envoyé tard.</numerusform>
            <numerusform>%n envoyés tard.</numerusform>
        </translation>
    </message>
    <message>
        <source>&amp;About Authws Desktop</source>
        <translation>À &amp;propos d’Authws Desktop</translation>
    </message>
    <message>
        <source>&amp;Accounts</source>
        <translation>&amp;Comptes</translation>
    </message>
    <message>
        <source>&amp;Answers as rows	E</source>
        <translation>&amp;Réponses en lignes	E</translation>
    </message>
    <message>
        <source>&amp;Bans…</source>
        <translation>&amp;Bannissements…</translation>
    </message>
    <message>
        <source>&amp;Clear	Ctrl+L</source>
        <translation>&amp;Vider	Ctrl+L</translation>
    </message>
    <message>
        <source>&amp;Cluster…</source>
        <translation>&amp;Grappe…</translation>
    </message>
    <message>
        <source>&amp;Copy WebSocket address</source>
        <translation>&amp;Copier l’adresse WebSocket</translation>
    </message>
    <message>
        <source>&amp;Documentation</source>
        <translation>&amp;Documentation</translation>
    </message>
    <message>
        <source>&amp;Export and open</source>
        <translation>&amp;Exporter et ouvrir</translation>
    </message>
    <message>
        <source>&amp;Follow	F</source>
        <translation>&amp;Suivre	F</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>&amp;Aide</translation>
    </message>
    <message>
        <source>&amp;Open in browser</source>
        <translation>&amp;Ouvrir dans le navigateur</translation>
    </message>
    <message>
        <source>&amp;Pause	Space</source>
        <translation>&amp;Pause	Space</translation>
    </message>
    <message>
        <source>&amp;Projector</source>
        <translation>Pro&amp;jecteur</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>&amp;Quitter</translation>
    </message>
    <message>
        <source>&amp;Room</source>
        <translation>S&amp;alle</translation>
    </message>
    <message>
        <source>&amp;Send as server…</source>
        <translation>&amp;Envoyer en tant que serveur…</translation>
    </message>
    <message>
        <source>&amp;Server</source>
        <translation>&amp;Serveur</translation>
    </message>
    <message>
        <source>&amp;Start</source>
        <translation>&amp;Démarrer</translation>
    </message>
    <message>
        <source>&amp;Stop</source>
        <translation>A&amp;rrêter</translation>
    </message>
    <message>
        <source>&amp;Time order	Esc</source>
        <translation>Ordre &amp;chronologique	Esc</translation>
    </message>
    <message>
        <source>&amp;Traffic</source>
        <translation>&amp;Trafic</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>A&amp;ffichage</translation>
    </message>
    <message>
        <source>&apos;{address}&apos; is not an IP address.</source>
        <translation>&apos;{address}&apos; n’est pas une adresse IP.</translation>
    </message>
    <message>
        <source>&apos;{host}&apos; is not an address of this computer.</source>
        <translation>&apos;{host}&apos; n’est pas une adresse de cet ordinateur.</translation>
    </message>
    <message>
        <source>&apos;{username}&apos; is a guest here, who has no account.</source>
        <translation>&apos;{username}&apos; est ici un invité, qui n’a pas de compte.</translation>
    </message>
    <message>
        <source>&apos;{username}&apos; is a guest, who has neither a password nor another role.</source>
        <translation>&apos;{username}&apos; est un invité, qui n’a ni mot de passe ni autre rôle.</translation>
    </message>
    <message>
        <source>, {count} waiting</source>
        <translation>, {count} en attente</translation>
    </message>
    <message>
        <source>/s</source>
        <translation>/s</translation>
    </message>
    <message>
        <source>1 person is here</source>
        <translation>1 personne est là</translation>
    </message>
    <message>
        <source>1. Join the Wi-Fi</source>
        <translation>1. Rejoignez le Wi-Fi</translation>
    </message>
    <message>
        <source>2 min ago</source>
        <translation>il y a 2 min</translation>
    </message>
    <message>
        <source>2. Come in: scan, or type</source>
        <translation>2. Entrez : scannez ou tapez</translation>
    </message>
    <message>
        <source>32 characters or more</source>
        <translation>32 caractères ou plus</translation>
    </message>
    <message>
        <source>A Wi-Fi&apos;s name has at most 32 bytes.</source>
        <translation>Le nom d’un Wi-Fi a au plus 32 octets.</translation>
    </message>
    <message>
        <source>A Wi-Fi&apos;s password has 8 to 63 characters.</source>
        <translation>Le mot de passe d’un Wi-Fi a de 8 à 63 caractères.</translation>
    </message>
    <message>
        <source>A client that reads so slowly that more than this waits for it is closed (4008).</source>
        <translation>Un client qui lit si lentement que plus que ceci l’attend est fermé (4008).</translation>
    </message>
    <message>
        <source>A connection that does not answer a ping in time is ended.</source>
        <translation>Une connexion qui ne répond pas à temps à un ping est terminée.</translation>
    </message>
    <message>
        <source>A connection that has not authenticated by then is closed (4001).</source>
        <translation>Une connexion non authentifiée d’ici là est fermée (4001).</translation>
    </message>
    <message>
        <source>A direct names its recipient in “to”: a user or a connection.</source>
        <translation>Un message direct nomme son destinataire dans « to » : un utilisateur ou une connexion.</translation>
    </message>
    <message>
        <source>A file in {folder} is not a certificate or key.</source>
        <translation>Un fichier de {folder} n’est ni un certificat ni une clé.</translation>
    </message>
    <message>
        <source>A frame is a JSON object with a “type”: authenticate, message or direct.</source>
        <translation>Une trame est un objet JSON avec un « type » : authenticate, message ou direct.</translation>
    </message>
    <message>
        <source>A host may also manage this server over HTTP.</source>
        <translation>Un hôte peut aussi gérer ce serveur par HTTP.</translation>
    </message>
    <message>
        <source>A key is missing beside a dot.</source>
        <translation>Il manque une clé à côté d’un point.</translation>
    </message>
    <message>
        <source>A language is written as a short code, such as en, de or pt-BR.</source>
        <translation>Une langue s’écrit sous forme de code court, par exemple en, de ou pt-BR.</translation>
    </message>
    <message>
        <source>A larger one ends the connection (1009). Many clients take no more than 1 MiB.</source>
        <translation>Un plus grand termine la connexion (1009). Beaucoup de clients n’acceptent pas plus de 1 MiB.</translation>
    </message>
    <message>
        <source>A message from the tray when a login was refused.</source>
        <translation>Un message de la zone de notification quand une connexion est refusée.</translation>
    </message>
    <message>
        <source>A message from the tray when somebody connects first.</source>
        <translation>Un message de la zone de notification quand quelqu’un se connecte en premier.</translation>
    </message>
    <message>
        <source>A message from the tray when somebody waits for approval.</source>
        <translation>Un message de la zone de notification quand quelqu’un attend un accord.</translation>
    </message>
    <message>
        <source>A message to {to} was not fetched in time, and is gone.</source>
        <translation>Un message pour {to} n’a pas été retiré à temps et est perdu.</translation>
    </message>
    <message>
        <source>A newer version</source>
        <translation>Une version plus récente</translation>
    </message>
    <message>
        <source>A number or nothing.</source>
        <translation>Un nombre ou rien.</translation>
    </message>
    <message>
        <source>A real-time WebSocket server with real logins. MIT licence.</source>
        <translation>Un serveur WebSocket temps réel avec de vraies connexions. Licence MIT.</translation>
    </message>
    <message>
        <source>A recording…</source>
        <translation>Un enregistrement…</translation>
    </message>
    <message>
        <source>A regular expression stands between two slashes, /like this/.</source>
        <translation>Une expression régulière se place entre deux barres obliques, /ainsi/.</translation>
    </message>
    <message>
        <source>A request has exactly one &apos;Host&apos; header.</source>
        <translation>Une requête a exactement un en-tête &apos;Host&apos;.</translation>
    </message>
    <message>
        <source>A rule of the firewall ufw blocks port {port}.</source>
        <translation>Une règle du pare-feu ufw bloque le port {port}.</translation>
    </message>
    <message>
        <source>A sentence that everybody reads before they come in.</source>
        <translation>Une phrase que tous lisent avant d’entrer.</translation>
    </message>
    <message>
        <source>A size is a number of bytes, such as size&gt;200 or size&lt;10k.</source>
        <translation>Une taille est un nombre d’octets, comme size&gt;200 ou size&lt;10k.</translation>
    </message>
    <message>
        <source>A time is a number of ms or s, such as took&gt;100ms or took&gt;1.5s.</source>
        <translation>Une durée est un nombre de ms ou de s, comme took&gt;100ms ou took&gt;1.5s.</translation>
    </message>
    <message>
        <source>A time of day is written as 20:41 or 20:41:05.</source>
        <translation>Une heure s’écrit 20:41 ou 20:41:05.</translation>
    </message>
    <message>
        <source>A visitor, who has no account here.</source>
        <translation>Un visiteur, qui n’a pas de compte ici.</translation>
    </message>
    <message>
        <source>About Authws Desktop</source>
        <translation>À propos d’Authws Desktop</translation>
    </message>
    <message>
        <source>Accept</source>
        <translation>Accepter</translation>
    </message>
    <message>
        <source>Accept them, and they can log in.</source>
        <translation>Acceptez-le, et il pourra se connecter.</translation>
    </message>
    <message>
        <source>Accepted {names}. They can log in now.</source>
        <translation>{names} accepté. La connexion est possible.</translation>
    </message>
    <message>
        <source>Account</source>
        <translation>Compte</translation>
    </message>
    <message>
        <source>Account or token ended ({code}).</source>
        <translation>Le compte ou le jeton a pris fin ({code}).</translation>
    </message>
    <message>
        <source>Accounts</source>
        <translation>Comptes</translation>
    </message>
    <message>
        <source>Accounts that were made with them stay.</source>
        <translation>Les comptes créés avec elles restent.</translation>
    </message>
    <message>
        <source>Activity</source>
        <translation>Activité</translation>
    </message>
    <message>
        <source>Activity of the last 2 minutes</source>
        <translation>Activité des 2 dernières minutes</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>Ajouter</translation>
    </message>
    <message>
        <source>Add &amp;virtual users…</source>
        <translation>Ajouter des utilisateurs &amp;virtuels…</translation>
    </message>
    <message>
        <source>Add a column</source>
        <translation>Ajouter une colonne</translation>
    </message>
    <message>
        <source>Add column…</source>
        <translation>Ajouter une colonne…</translation>
    </message>
    <message>
        <source>Add virtual users</source>
        <translation>Ajouter des utilisateurs virtuels</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>Adresse</translation>
    </message>
    <message>
        <source>Address in the snippets</source>
        <translation>Adresse dans les extraits</translation>
    </message>
    <message>
        <source>Address on the cards</source>
        <translation>Adresse sur les cartes</translation>
    </message>
    <message>
        <source>Address to give out</source>
        <translation>Adresse à donner</translation>
    </message>
    <message>
        <source>Address to show</source>
        <translation>Adresse affichée</translation>
    </message>
    <message>
        <source>Addresses or networks of your own reverse proxies, such as 10.0.0.0/8: what they say of a client&apos;s address (X-Forwarded-For) is believed.</source>
        <translation>Adresses ou réseaux de vos propres proxys inverses, comme 10.0.0.0/8 : ce qu’ils disent de l’adresse d’un client (X-Forwarded-For) est cru.</translation>
    </message>
    <message>
        <source>Administrative acts</source>
        <translation>Actes d’administration</translation>
    </message>
    <message>
        <source>After too many wrong passwords, people are listed here.</source>
        <translation>Après trop de mots de passe erronés, les personnes apparaissent ici.</translation>
    </message>
    <message>
        <source>All buffers</source>
        <translation>Tous les tampons</translation>
    </message>
    <message>
        <source>All nodes, half a second late</source>
        <translation>Tous les nœuds, avec une demi-seconde de retard</translation>
    </message>
    <message>
        <source>All that is kept</source>
        <translation>Tout ce qui est conservé</translation>
    </message>
    <message>
        <source>Allow writing to the file and its folder, or choose another data folder; of PostgreSQL, name the server that is no standby.</source>
        <translation>Autorisez l’écriture dans le fichier et son dossier, ou choisissez un autre dossier de données ; pour PostgreSQL, indiquez le serveur qui n’est pas de secours.</translation>
    </message>
    <message>
        <source>Allow writing to the file and its folder.</source>
        <translation>Autorisez l’écriture dans le fichier et son dossier.</translation>
    </message>
    <message>
        <source>Allow {entry} from now on; nobody is disconnected.</source>
        <translation>Autorisez {entry} désormais ; personne n’est déconnecté.</translation>
    </message>
    <message>
        <source>Allowed host names</source>
        <translation>Noms d’hôte autorisés</translation>
    </message>
    <message>
        <source>Allowed origins</source>
        <translation>Origines autorisées</translation>
    </message>
    <message>
        <source>Also the last 50 messages before</source>
        <translation>Aussi les 50 messages d’avant</translation>
    </message>
    <message>
        <source>Also what few people change</source>
        <translation>Aussi ce que peu de gens changent</translation>
    </message>
    <message>
        <source>An announcement has at most {max_characters} characters; this one has {said}.</source>
        <translation>Une annonce a au plus {max_characters} caractères ; celle-ci en a {said}.</translation>
    </message>
    <message>
        <source>An announcement needs a text.</source>
        <translation>Une annonce a besoin d’un texte.</translation>
    </message>
    <message>
        <source>Announce</source>
        <translation>Annoncer</translation>
    </message>
    <message>
        <source>Announcement to everyone</source>
        <translation>Annonce à tous</translation>
    </message>
    <message>
        <source>Announce…</source>
        <translation>Annoncer…</translation>
    </message>
    <message>
        <source>Announce… (nobody is logged in)</source>
        <translation>Annoncer… (personne n’est connecté)</translation>
    </message>
    <message>
        <source>Another algorithm than HS256 is named.</source>
        <translation>Un autre algorithme que HS256 est indiqué.</translation>
    </message>
    <message>
        <source>Answer within</source>
        <translation>Répondre en</translation>
    </message>
    <message>
        <source>Answers</source>
        <translation>Réponses</translation>
    </message>
    <message>
        <source>App</source>
        <translation>App</translation>
    </message>
    <message>
        <source>Approval: you accept each newcomer</source>
        <translation>Accord : vous acceptez chaque nouveau</translation>
    </message>
    <message>
        <source>As</source>
        <translation>En tant que</translation>
    </message>
    <message>
        <source>As CSV…</source>
        <translation>En CSV…</translation>
    </message>
    <message>
        <source>As JSON Lines…</source>
        <translation>En JSON Lines…</translation>
    </message>
    <message>
        <source>As it was at {time}: {there}</source>
        <translation>État à {time} : {there}</translation>
    </message>
    <message>
        <source>As set below</source>
        <translation>Comme ci-dessous</translation>
    </message>
    <message>
        <source>As the environment says</source>
        <translation>Selon l’environnement</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>Comme le système</translation>
    </message>
    <message>
        <source>Ask the host for a new one.</source>
        <translation>Demandez-en un nouveau à l’hôte.</translation>
    </message>
    <message>
        <source>Ask the host for one.</source>
        <translation>Demandez-en un à l’hôte.</translation>
    </message>
    <message>
        <source>Ask the host to enable it.</source>
        <translation>Demandez à l’hôte de l’activer.</translation>
    </message>
    <message>
        <source>Ask the host to end those who are gone.</source>
        <translation>Demandez à l’hôte de retirer ceux qui sont partis.</translation>
    </message>
    <message>
        <source>Ask the host to look at them, then try again.</source>
        <translation>Demandez à l’hôte de les examiner, puis réessayez.</translation>
    </message>
    <message>
        <source>Ask the recipient before it is sent a second time.</source>
        <translation>Demandez au destinataire avant de l’envoyer une deuxième fois.</translation>
    </message>
    <message>
        <source>Ask what to do</source>
        <translation>Demander quoi faire</translation>
    </message>
    <message>
        <source>Asked</source>
        <translation>Demandé</translation>
    </message>
    <message>
        <source>Asking…</source>
        <translation>Demande en cours…</translation>
    </message>
    <message>
        <source>Asks the page of this program, and sends nothing else.</source>
        <translation>Interroge la page de ce programme et n’envoie rien d’autre.</translation>
    </message>
    <message>
        <source>At least 8 characters of any kind.</source>
        <translation>Au moins 8 caractères quelconques.</translation>
    </message>
    <message>
        <source>At the start and once a day, the page of this program is asked. Off: nobody is asked.</source>
        <translation>Au démarrage et une fois par jour, la page de ce programme est interrogée. Désactivé : personne n’est interrogé.</translation>
    </message>
    <message>
        <source>Audit</source>
        <translation>Audit</translation>
    </message>
    <message>
        <source>Authws Desktop</source>
        <translation>Authws Desktop</translation>
    </message>
    <message>
        <source>Authws Desktop cannot start</source>
        <translation>Authws Desktop ne peut pas démarrer</translation>
    </message>
    <message>
        <source>Authws Desktop is already open ({who}), but it does not answer. Wait a moment, or end that process, and start it again.</source>
        <translation>Authws Desktop est déjà ouvert ({who}) mais ne répond pas. Attendez un instant, ou terminez ce processus, puis relancez-le.</translation>
    </message>
    <message>
        <source>B hides everything    W Wi-Fi…    F11 whole screen    Esc closes</source>
        <translation>B masque tout    W Wi-Fi…    F11 plein écran    Échap ferme</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>Retour</translation>
    </message>
    <message>
        <source>Back to live</source>
        <translation>Retour au direct</translation>
    </message>
    <message>
        <source>Back to now</source>
        <translation>Revenir au présent</translation>
    </message>
    <message>
        <source>Back to the live traffic</source>
        <translation>Retour au trafic en direct</translation>
    </message>
    <message>
        <source>Ban</source>
        <translation>Bannir</translation>
    </message>
    <message>
        <source>Ban address…</source>
        <translation>Bannir l’adresse…</translation>
    </message>
    <message>
        <source>Ban the address instead.</source>
        <translation>Bannissez plutôt l’adresse.</translation>
    </message>
    <message>
        <source>Ban user…</source>
        <translation>Bannir l’utilisateur…</translation>
    </message>
    <message>
        <source>Ban {whom}?</source>
        <translation>Bannir {whom} ?</translation>
    </message>
    <message>
        <source>Bandwidth</source>
        <translation>Bande passante</translation>
    </message>
    <message>
        <source>Banned by the host ({code}).</source>
        <translation>Banni par l’hôte ({code}).</translation>
    </message>
    <message>
        <source>Banned until</source>
        <translation>Banni jusqu’au</translation>
    </message>
    <message>
        <source>Bans</source>
        <translation>Bannissements</translation>
    </message>
    <message>
        <source>Bans…</source>
        <translation>Bannissements…</translation>
    </message>
    <message>
        <source>Beyond every calendar.</source>
        <translation>Au-delà de tout calendrier.</translation>
    </message>
    <message>
        <source>Both ways</source>
        <translation>Les deux sens</translation>
    </message>
    <message>
        <source>By time again, with what came meanwhile (Esc)</source>
        <translation>De nouveau par heure, avec ce qui est arrivé entre-temps (Échap)</translation>
    </message>
    <message>
        <source>Bytes</source>
        <translation>Octets</translation>
    </message>
    <message>
        <source>CSV (*.csv)</source>
        <translation>CSV (*.csv)</translation>
    </message>
    <message>
        <source>CSV files (*.csv)</source>
        <translation>Fichiers CSV (*.csv)</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Annuler</translation>
    </message>
    <message>
        <source>Cancelled.</source>
        <translation>Annulé.</translation>
    </message>
    <message>
        <source>Cancelled; no account was made.</source>
        <translation>Annulé ; aucun compte n’a été créé.</translation>
    </message>
    <message>
        <source>Cannot listen on {host} port {port}: {value}.</source>
        <translation>Impossible d’écouter sur {host}, port {port} : {value}.</translation>
    </message>
    <message>
        <source>Certificate file</source>
        <translation>Fichier de certificat</translation>
    </message>
    <message>
        <source>Certificate until {date}, SHA-256 {code}</source>
        <translation>Certificat jusqu’au {date}, SHA-256 {code}</translation>
    </message>
    <message>
        <source>Certificate until {date}. SHA-256 of its authority: {code}</source>
        <translation>Certificat jusqu’au {date}. SHA-256 de son autorité : {code}</translation>
    </message>
    <message>
        <source>Change</source>
        <translation>Changer</translation>
    </message>
    <message>
        <source>Change it there, or unset it to use a file.</source>
        <translation>Changez-le là-bas, ou retirez-le pour utiliser un fichier.</translation>
    </message>
    <message>
        <source>Changed “{setting}” under Settings; it holds from now on.</source>
        <translation>« {setting} » modifié dans les réglages ; valable dès maintenant.</translation>
    </message>
    <message>
        <source>Chatter: each talks to everyone</source>
        <translation>Bavardage : chacun parle à tous</translation>
    </message>
    <message>
        <source>Check again</source>
        <translation>Vérifier à nouveau</translation>
    </message>
    <message>
        <source>Check its brackets and quotes.</source>
        <translation>Vérifiez ses parenthèses et ses guillemets.</translation>
    </message>
    <message>
        <source>Check that it can be reached and written, or choose another one.</source>
        <translation>Vérifiez qu’il est joignable et accessible en écriture, ou choisissez-en un autre.</translation>
    </message>
    <message>
        <source>Check the &amp;network…</source>
        <translation>Vérifier le &amp;réseau…</translation>
    </message>
    <message>
        <source>Check the clocks of both computers.</source>
        <translation>Vérifiez les horloges des deux ordinateurs.</translation>
    </message>
    <message>
        <source>Check the network</source>
        <translation>Vérifier le réseau</translation>
    </message>
    <message>
        <source>Checking…</source>
        <translation>Vérification…</translation>
    </message>
    <message>
        <source>Choose My network in the server bar to let others in.</source>
        <translation>Choisissez Mon réseau dans la barre du serveur pour laisser entrer les autres.</translation>
    </message>
    <message>
        <source>Choose a line to lift it.</source>
        <translation>Choisissez une ligne pour la lever.</translation>
    </message>
    <message>
        <source>Choose a lower level or change the search.</source>
        <translation>Choisissez un niveau plus bas ou changez la recherche.</translation>
    </message>
    <message>
        <source>Choose a row above to see what is in it.</source>
        <translation>Choisissez une ligne ci-dessus pour voir son contenu.</translation>
    </message>
    <message>
        <source>Choose a time to come.</source>
        <translation>Choisissez un moment à venir.</translation>
    </message>
    <message>
        <source>Choose another file or database.</source>
        <translation>Choisissez un autre fichier ou une autre base de données.</translation>
    </message>
    <message>
        <source>Choose another one to listen on.</source>
        <translation>Choisissez-en une autre pour écouter.</translation>
    </message>
    <message>
        <source>Choose another one.</source>
        <translation>Choisissez-en un autre.</translation>
    </message>
    <message>
        <source>Choose one above 1023.</source>
        <translation>Choisissez-en un au-dessus de 1023.</translation>
    </message>
    <message>
        <source>Choose one or many; Ctrl+A chooses all.</source>
        <translation>Choisissez-en une ou plusieurs ; Ctrl+A choisit tout.</translation>
    </message>
    <message>
        <source>Choose one to end it.</source>
        <translation>Choisissez-en un pour le terminer.</translation>
    </message>
    <message>
        <source>Choose one to see all about it, or many to act on them.</source>
        <translation>Choisissez-en un pour tout voir de lui, ou plusieurs pour agir sur eux.</translation>
    </message>
    <message>
        <source>Choose the {name}</source>
        <translation>Choisir {name}</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>Choisir…</translation>
    </message>
    <message>
        <source>Chosen users</source>
        <translation>Utilisateurs choisis</translation>
    </message>
    <message>
        <source>Claim</source>
        <translation>Revendication</translation>
    </message>
    <message>
        <source>Claims</source>
        <translation>Revendications</translation>
    </message>
    <message>
        <source>Claims of the token</source>
        <translation>Revendications du jeton</translation>
    </message>
    <message>
        <source>Clear</source>
        <translation>Vider</translation>
    </message>
    <message>
        <source>Clear messages…</source>
        <translation>Effacer les messages…</translation>
    </message>
    <message>
        <source>Clear search</source>
        <translation>Effacer la recherche</translation>
    </message>
    <message>
        <source>Clear the messages kept?</source>
        <translation>Effacer les messages conservés ?</translation>
    </message>
    <message>
        <source>Clear {messages}</source>
        <translation>Effacer {messages}</translation>
    </message>
    <message>
        <source>Cleared</source>
        <translation>Vidé</translation>
    </message>
    <message>
        <source>Cleared {messages}.</source>
        <translation>{messages} effacés.</translation>
    </message>
    <message>
        <source>Cleared {rows}.</source>
        <translation>{rows} vidées.</translation>
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
        <translation>Fermer</translation>
    </message>
    <message>
        <source>Close (Esc)</source>
        <translation>Fermer (Esc)</translation>
    </message>
    <message>
        <source>Close Authws Desktop?</source>
        <translation>Fermer Authws Desktop ?</translation>
    </message>
    <message>
        <source>Close now with</source>
        <translation>Fermer maintenant avec</translation>
    </message>
    <message>
        <source>Close that program, then try again.</source>
        <translation>Fermez ce programme, puis réessayez.</translation>
    </message>
    <message>
        <source>Close that program.</source>
        <translation>Fermez ce programme.</translation>
    </message>
    <message>
        <source>Close the detail</source>
        <translation>Fermer le détail</translation>
    </message>
    <message>
        <source>Close this note</source>
        <translation>Fermer cette note</translation>
    </message>
    <message>
        <source>Closed: only you make accounts</source>
        <translation>Fermée : vous seul créez des comptes</translation>
    </message>
    <message>
        <source>Closing the window</source>
        <translation>À la fermeture de la fenêtre</translation>
    </message>
    <message>
        <source>Cluster</source>
        <translation>Grappe</translation>
    </message>
    <message>
        <source>Code</source>
        <translation>Code</translation>
    </message>
    <message>
        <source>Code that joins the Wi-Fi {name}</source>
        <translation>Code pour rejoindre le Wi-Fi {name}</translation>
    </message>
    <message>
        <source>Colours</source>
        <translation>Couleurs</translation>
    </message>
    <message>
        <source>Come in: scan, or type</source>
        <translation>Entrez : scannez ou tapez</translation>
    </message>
    <message>
        <source>Comment</source>
        <translation>Commentaire</translation>
    </message>
    <message>
        <source>Comment this row</source>
        <translation>Commenter cette ligne</translation>
    </message>
    <message>
        <source>Comment…</source>
        <translation>Commenter…</translation>
    </message>
    <message>
        <source>Compare the last two runs</source>
        <translation>Comparer les deux dernières exécutions</translation>
    </message>
    <message>
        <source>Compare with a file…</source>
        <translation>Comparer avec un fichier…</translation>
    </message>
    <message>
        <source>Compare with exported traffic</source>
        <translation>Comparer avec un trafic exporté</translation>
    </message>
    <message>
        <source>Connect</source>
        <translation>Connecter</translation>
    </message>
    <message>
        <source>Connect your program</source>
        <translation>Connectez votre programme</translation>
    </message>
    <message>
        <source>Connected</source>
        <translation>Connecté</translation>
    </message>
    <message>
        <source>Connected elsewhere</source>
        <translation>Connecté ailleurs</translation>
    </message>
    <message>
        <source>Connected users</source>
        <translation>Utilisateurs connectés</translation>
    </message>
    <message>
        <source>Connection</source>
        <translation>Connexion</translation>
    </message>
    <message>
        <source>Connection #{number} {name}</source>
        <translation>Connexion #{number} {name}</translation>
    </message>
    <message>
        <source>Connections</source>
        <translation>Connexions</translation>
    </message>
    <message>
        <source>Connections accepted at the same time.</source>
        <translation>Connexions acceptées en même temps.</translation>
    </message>
    <message>
        <source>Connections are broken on purpose.</source>
        <translation>Des connexions sont perturbées exprès.</translation>
    </message>
    <message>
        <source>Connections from one address</source>
        <translation>Connexions depuis une adresse</translation>
    </message>
    <message>
        <source>Connections: {now} now, {most} at most in the last 2 minutes.</source>
        <translation>Connexions : {now} maintenant, {most} au plus en 2 minutes.</translation>
    </message>
    <message>
        <source>Content</source>
        <translation>Contenu</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>Copié</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Copier</translation>
    </message>
    <message>
        <source>Copy &amp;web address</source>
        <translation>Copier l’adresse &amp;web</translation>
    </message>
    <message>
        <source>Copy as JSON</source>
        <translation>Copier en JSON</translation>
    </message>
    <message>
        <source>Copy both</source>
        <translation>Copier les deux</translation>
    </message>
    <message>
        <source>Copy list</source>
        <translation>Copier la liste</translation>
    </message>
    <message>
        <source>Copy name</source>
        <translation>Copier le nom</translation>
    </message>
    <message>
        <source>Copy name and password</source>
        <translation>Copier nom et mot de passe</translation>
    </message>
    <message>
        <source>Copy names</source>
        <translation>Copier les noms</translation>
    </message>
    <message>
        <source>Copy password</source>
        <translation>Copier le mot de passe</translation>
    </message>
    <message>
        <source>Copy payload</source>
        <translation>Copier le contenu</translation>
    </message>
    <message>
        <source>Copy the WebSocket address</source>
        <translation>Copier l’adresse WebSocket</translation>
    </message>
    <message>
        <source>Copy the address to try</source>
        <translation>Copier l’adresse à essayer</translation>
    </message>
    <message>
        <source>Copy the chosen lines, or all that are shown</source>
        <translation>Copier les lignes choisies, ou toutes celles affichées</translation>
    </message>
    <message>
        <source>Copy the payload as it was sent, without tokens and passwords</source>
        <translation>Copier le contenu tel qu’envoyé, sans jetons ni mots de passe</translation>
    </message>
    <message>
        <source>Copy the secret</source>
        <translation>Copier le secret</translation>
    </message>
    <message>
        <source>Copy the snippet for {language}</source>
        <translation>Copier l’extrait pour {language}</translation>
    </message>
    <message>
        <source>Copy the versions</source>
        <translation>Copier les versions</translation>
    </message>
    <message>
        <source>Copy the web address</source>
        <translation>Copier l’adresse web</translation>
    </message>
    <message>
        <source>Copy this message</source>
        <translation>Copier ce message</translation>
    </message>
    <message>
        <source>Copy web address</source>
        <translation>Copier l’adresse web</translation>
    </message>
    <message>
        <source>Copy {what}</source>
        <translation>Copier {what}</translation>
    </message>
    <message>
        <source>Correct it, or move it away to start with defaults.</source>
        <translation>Corrigez-le, ou déplacez-le pour démarrer avec les valeurs par défaut.</translation>
    </message>
    <message>
        <source>Correct the rights of the file and its folder, or choose another data folder.</source>
        <translation>Corrigez les droits du fichier et de son dossier, ou choisissez un autre dossier de données.</translation>
    </message>
    <message>
        <source>Correct the rights of the file and its folder.</source>
        <translation>Corrigez les droits du fichier et de son dossier.</translation>
    </message>
    <message>
        <source>Could not listen on {where}</source>
        <translation>Impossible d’écouter sur {where}</translation>
    </message>
    <message>
        <source>Counts by now.</source>
        <translation>Déjà valable.</translation>
    </message>
    <message>
        <source>Counts only {ahead} from now.</source>
        <translation>Valable seulement dans {ahead}.</translation>
    </message>
    <message>
        <source>Counts since {time}</source>
        <translation>Valable depuis {time}</translation>
    </message>
    <message>
        <source>Counts {time}</source>
        <translation>Valable {time}</translation>
    </message>
    <message>
        <source>Create invitation</source>
        <translation>Créer une invitation</translation>
    </message>
    <message>
        <source>Create one here and hand on its name and password, or make a test user with a token and ready snippets. People may also register by themselves while registration is open.</source>
        <translation>Créez-en un ici et transmettez nom et mot de passe, ou créez un utilisateur de test avec un jeton et des extraits prêts. On peut aussi s’inscrire soi-même tant que l’inscription est ouverte.</translation>
    </message>
    <message>
        <source>Create user</source>
        <translation>Créer l’utilisateur</translation>
    </message>
    <message>
        <source>Create {accounts}</source>
        <translation>Créer {accounts}</translation>
    </message>
    <message>
        <source>Created</source>
        <translation>Créé</translation>
    </message>
    <message>
        <source>Created {accounts}.</source>
        <translation>{accounts} créés.</translation>
    </message>
    <message>
        <source>Created {accounts}. The passwords stay on the Accounts page until you put them away.</source>
        <translation>{accounts} créés. Les mots de passe restent sur la page Comptes jusqu’à ce que vous les rangiez.</translation>
    </message>
    <message>
        <source>Created {accounts}. They log in with the passwords they have.</source>
        <translation>{accounts} créés. Ils se connectent avec leurs mots de passe.</translation>
    </message>
    <message>
        <source>Created {name}.</source>
        <translation>{name} créé.</translation>
    </message>
    <message>
        <source>Cut after</source>
        <translation>Couper après</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>Sombre</translation>
    </message>
    <message>
        <source>Database address</source>
        <translation>Adresse de la base de données</translation>
    </message>
    <message>
        <source>Database: {state}</source>
        <translation>Base de données : {state}</translation>
    </message>
    <message>
        <source>Debug</source>
        <translation>Débogage</translation>
    </message>
    <message>
        <source>Default: {default}</source>
        <translation>Par défaut : {default}</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Supprimer</translation>
    </message>
    <message>
        <source>Delete this user…</source>
        <translation>Supprimer cet utilisateur…</translation>
    </message>
    <message>
        <source>Delete {accounts}</source>
        <translation>Supprimer {accounts}</translation>
    </message>
    <message>
        <source>Delete {names}?</source>
        <translation>Supprimer {names} ?</translation>
    </message>
    <message>
        <source>Deletes {who} for good and {ends}.</source>
        <translation>Supprime {who} pour de bon et {ends}.</translation>
    </message>
    <message>
        <source>Delivery</source>
        <translation>Remise</translation>
    </message>
    <message>
        <source>Denies {names}.</source>
        <translation>Refuse {names}.</translation>
    </message>
    <message>
        <source>Deny</source>
        <translation>Refuser</translation>
    </message>
    <message>
        <source>Deny {names}?</source>
        <translation>Refuser {names} ?</translation>
    </message>
    <message>
        <source>Deny…</source>
        <translation>Refuser…</translation>
    </message>
    <message>
        <source>Desktop</source>
        <translation>Bureau</translation>
    </message>
    <message>
        <source>Detail of the row</source>
        <translation>Détail de la ligne</translation>
    </message>
    <message>
        <source>Development</source>
        <translation>Développement</translation>
    </message>
    <message>
        <source>Development writes a more detailed log.</source>
        <translation>Développement écrit un journal plus détaillé.</translation>
    </message>
    <message>
        <source>Did not authenticate in time ({code}).</source>
        <translation>Ne s’est pas authentifié à temps ({code}).</translation>
    </message>
    <message>
        <source>Did the program mean “{value}”?</source>
        <translation>Le programme voulait-il dire « {value} » ?</translation>
    </message>
    <message>
        <source>Did you mean {each}?</source>
        <translation>Vouliez-vous dire {each} ?</translation>
    </message>
    <message>
        <source>Did you mean “{value}”?</source>
        <translation>Vouliez-vous dire « {value} » ?</translation>
    </message>
    <message>
        <source>Dir</source>
        <translation>Sens</translation>
    </message>
    <message>
        <source>Direction</source>
        <translation>Sens</translation>
    </message>
    <message>
        <source>Directs</source>
        <translation>Directs</translation>
    </message>
    <message>
        <source>Directs among guests</source>
        <translation>Directs entre invités</translation>
    </message>
    <message>
        <source>Disable</source>
        <translation>Désactiver</translation>
    </message>
    <message>
        <source>Disable {names}?</source>
        <translation>Désactiver {names} ?</translation>
    </message>
    <message>
        <source>Disables {who} and {ends}.</source>
        <translation>Désactive {who} et {ends}.</translation>
    </message>
    <message>
        <source>Disconnect</source>
        <translation>Déconnecter</translation>
    </message>
    <message>
        <source>Disconnect everyone now ({clients}); all have to log in again</source>
        <translation>Déconnecter tout le monde maintenant ({clients}) ; tous doivent se reconnecter</translation>
    </message>
    <message>
        <source>Disconnect {connections}?</source>
        <translation>Déconnecter {connections} ?</translation>
    </message>
    <message>
        <source>Disconnect {whom}?</source>
        <translation>Déconnecter {whom} ?</translation>
    </message>
    <message>
        <source>Disconnected by the host ({code}).</source>
        <translation>Déconnecté par l’hôte ({code}).</translation>
    </message>
    <message>
        <source>Disconnects {connections} now, and refuses every new one.</source>
        <translation>Déconnecte {connections} maintenant et refuse toute nouvelle.</translation>
    </message>
    <message>
        <source>Do not ask again (Settings, Desktop)</source>
        <translation>Ne plus demander (Réglages, Bureau)</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Terminé</translation>
    </message>
    <message>
        <source>Done as {client}. What followed is in the traffic.</source>
        <translation>Fait en tant que {client}. La suite est dans le trafic.</translation>
    </message>
    <message>
        <source>Doubled</source>
        <translation>Doublés</translation>
    </message>
    <message>
        <source>Drag to show only a part of the time; a double click shows all.</source>
        <translation>Faites glisser pour n’afficher qu’une partie du temps ; un double clic affiche tout.</translation>
    </message>
    <message>
        <source>Drain</source>
        <translation>Vider</translation>
    </message>
    <message>
        <source>Drain for</source>
        <translation>Vider pendant</translation>
    </message>
    <message>
        <source>Drain {node}?</source>
        <translation>Vider {node} ?</translation>
    </message>
    <message>
        <source>Drain…</source>
        <translation>Vider…</translation>
    </message>
    <message>
        <source>Each account gets a generated password of its own.</source>
        <translation>Chaque compte reçoit son propre mot de passe généré.</translation>
    </message>
    <message>
        <source>Each node sends 2,000 rows a second at most.</source>
        <translation>Chaque nœud envoie au plus 2 000 lignes par seconde.</translation>
    </message>
    <message>
        <source>Echo: each writes to the next one, who writes back</source>
        <translation>Écho : chacun écrit au suivant, qui répond</translation>
    </message>
    <message>
        <source>Edit</source>
        <translation>Modifier</translation>
    </message>
    <message>
        <source>Edit {names}</source>
        <translation>Modifier {names}</translation>
    </message>
    <message>
        <source>Empty for an open network.</source>
        <translation>Vide pour un réseau ouvert.</translation>
    </message>
    <message>
        <source>Empty the view; can be undone for 10 s (Ctrl+L)</source>
        <translation>Vider la vue ; annulable pendant 10 s (Ctrl+L)</translation>
    </message>
    <message>
        <source>Empty: HS256 with this server&apos;s secret. Or public keys: a PEM or JWKS file, or a JWKS URL.</source>
        <translation>Vide : HS256 avec le secret de ce serveur. Ou des clés publiques : un fichier PEM ou JWKS, ou une URL JWKS.</translation>
    </message>
    <message>
        <source>Empty: SQLite in the data folder. Or an SQLAlchemy URL; takes effect at next launch.</source>
        <translation>Vide : SQLite dans le dossier de données. Ou une URL SQLAlchemy ; valable au prochain lancement.</translation>
    </message>
    <message>
        <source>Empty: alone. redis://HOST:PORT/0?name=NAME: one of several (docs/cluster.md).</source>
        <translation>Vide : seul. redis://HOST:PORT/0?name=NAME : l’un de plusieurs (docs/cluster.md).</translation>
    </message>
    <message>
        <source>Empty: info in production, debug in development.</source>
        <translation>Vide : info en production, debug en développement.</translation>
    </message>
    <message>
        <source>Enable</source>
        <translation>Activer</translation>
    </message>
    <message>
        <source>Enable the account to let them in.</source>
        <translation>Activez le compte pour le laisser entrer.</translation>
    </message>
    <message>
        <source>Enable {username} or lift the ban to let them in.</source>
        <translation>Activez {username} ou levez le bannissement pour le laisser entrer.</translation>
    </message>
    <message>
        <source>Enabled {names}.</source>
        <translation>{names} activé.</translation>
    </message>
    <message>
        <source>End</source>
        <translation>Terminer</translation>
    </message>
    <message>
        <source>End all</source>
        <translation>Tout terminer</translation>
    </message>
    <message>
        <source>End all guests?</source>
        <translation>Terminer tous les invités ?</translation>
    </message>
    <message>
        <source>End faults</source>
        <translation>Terminer les pannes</translation>
    </message>
    <message>
        <source>End guests</source>
        <translation>Terminer les invités</translation>
    </message>
    <message>
        <source>End guests…</source>
        <translation>Terminer les invités…</translation>
    </message>
    <message>
        <source>End {guests}…</source>
        <translation>Terminer {guests}…</translation>
    </message>
    <message>
        <source>Ending connections…</source>
        <translation>Fin des connexions…</translation>
    </message>
    <message>
        <source>Ends</source>
        <translation>Fin</translation>
    </message>
    <message>
        <source>Ends after</source>
        <translation>Finit après</translation>
    </message>
    <message>
        <source>Engine: {engine} · {envelopes} envelopes told, {items} items, {dropped} dropped</source>
        <translation>Moteur : {engine} · {envelopes} avis envoyés, {items} éléments, {dropped} abandonnés</translation>
    </message>
    <message>
        <source>Environment</source>
        <translation>Environnement</translation>
    </message>
    <message>
        <source>Error</source>
        <translation>Erreur</translation>
    </message>
    <message>
        <source>Error &amp;before	Shift+F8</source>
        <translation>Erreur &amp;précédente	Shift+F8</translation>
    </message>
    <message>
        <source>Errors</source>
        <translation>Erreurs</translation>
    </message>
    <message>
        <source>Everybody behind the same router may share an address.</source>
        <translation>Tous derrière le même routeur peuvent partager une adresse.</translation>
    </message>
    <message>
        <source>Everyone</source>
        <translation>Tout le monde</translation>
    </message>
    <message>
        <source>Everyone ({connections})</source>
        <translation>Tout le monde ({connections})</translation>
    </message>
    <message>
        <source>Everything</source>
        <translation>Tout</translation>
    </message>
    <message>
        <source>Everything that passes shows up here. Programs connect to {address}</source>
        <translation>Tout ce qui passe apparaît ici. Les programmes se connectent à {address}</translation>
    </message>
    <message>
        <source>Expired {time}</source>
        <translation>Expiré {time}</translation>
    </message>
    <message>
        <source>Expired {value} ago.</source>
        <translation>A expiré il y a {value}.</translation>
    </message>
    <message>
        <source>Expires</source>
        <translation>Expire</translation>
    </message>
    <message>
        <source>Expires in {value}.</source>
        <translation>Expire dans {value}.</translation>
    </message>
    <message>
        <source>Expires {time}</source>
        <translation>Expire {time}</translation>
    </message>
    <message>
        <source>Export CSV</source>
        <translation>Exporter en CSV</translation>
    </message>
    <message>
        <source>Export all</source>
        <translation>Tout exporter</translation>
    </message>
    <message>
        <source>Export all acts</source>
        <translation>Exporter tous les actes</translation>
    </message>
    <message>
        <source>Export all…</source>
        <translation>Tout exporter…</translation>
    </message>
    <message>
        <source>Export and open</source>
        <translation>Exporter et ouvrir</translation>
    </message>
    <message>
        <source>Export filtered…</source>
        <translation>Exporter le filtré…</translation>
    </message>
    <message>
        <source>Export messages…</source>
        <translation>Exporter les messages…</translation>
    </message>
    <message>
        <source>Export selected…</source>
        <translation>Exporter la sélection…</translation>
    </message>
    <message>
        <source>Export {accounts}</source>
        <translation>Exporter {accounts}</translation>
    </message>
    <message>
        <source>Export {messages}</source>
        <translation>Exporter {messages}</translation>
    </message>
    <message>
        <source>Export {rows}</source>
        <translation>Exporter {rows}</translation>
    </message>
    <message>
        <source>Exported rows (*.jsonl)</source>
        <translation>Lignes exportées (*.jsonl)</translation>
    </message>
    <message>
        <source>Exported {accounts} to {file}.</source>
        <translation>{accounts} exportés vers {file}.</translation>
    </message>
    <message>
        <source>Exported {acts} to {file}.</source>
        <translation>{acts} exportés vers {file}.</translation>
    </message>
    <message>
        <source>Exported {messages} to {file}.</source>
        <translation>{messages} exportés vers {file}.</translation>
    </message>
    <message>
        <source>Exported {rows} to {file}.</source>
        <translation>{rows} exportées vers {file}.</translation>
    </message>
    <message>
        <source>Exporting to {file}</source>
        <translation>Exportation vers {file}</translation>
    </message>
    <message>
        <source>F&amp;ilter	/</source>
        <translation>F&amp;iltre	/</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Échec</translation>
    </message>
    <message>
        <source>Failed logins</source>
        <translation>Connexions échouées</translation>
    </message>
    <message>
        <source>Failures</source>
        <translation>Échecs</translation>
    </message>
    <message>
        <source>Failures in 15 minutes on an account before growing waits; an address may fail on five times as many accounts; 0: no limit.</source>
        <translation>Échecs en 15 minutes sur un compte avant des attentes croissantes ; une adresse peut échouer sur cinq fois plus de comptes ; 0 : sans limite.</translation>
    </message>
    <message>
        <source>Fair</source>
        <translation>Moyen</translation>
    </message>
    <message>
        <source>Faults</source>
        <translation>Pannes</translation>
    </message>
    <message>
        <source>Faults that are on</source>
        <translation>Pannes en cours</translation>
    </message>
    <message>
        <source>Field &apos;before&apos; must be the id of a message of this server.</source>
        <translation>Le champ &apos;before&apos; doit être l’identifiant d’un message de ce serveur.</translation>
    </message>
    <message>
        <source>Field &apos;id&apos; must be the id of a message of this server.</source>
        <translation>Le champ &apos;id&apos; doit être l’identifiant d’un message de ce serveur.</translation>
    </message>
    <message>
        <source>Field &apos;{value}&apos; is missing.</source>
        <translation>Le champ &apos;{value}&apos; manque.</translation>
    </message>
    <message>
        <source>Field &apos;{value}&apos; must be {words}.</source>
        <translation>Le champ &apos;{value}&apos; doit être {words}.</translation>
    </message>
    <message>
        <source>Field &apos;{value}&apos;: {value_}.</source>
        <translation>Champ &apos;{value}&apos; : {value_}.</translation>
    </message>
    <message>
        <source>Files: your own certificate</source>
        <translation>Fichiers : votre propre certificat</translation>
    </message>
    <message>
        <source>Filter</source>
        <translation>Filtre</translation>
    </message>
    <message>
        <source>Filter: words user: type: code: size&gt;1k /regex/ !not</source>
        <translation>Filtre : mots user: type: code: size&gt;1k /regex/ !pas</translation>
    </message>
    <message>
        <source>Find in this payload</source>
        <translation>Rechercher dans ce contenu</translation>
    </message>
    <message>
        <source>First client</source>
        <translation>Premier client</translation>
    </message>
    <message>
        <source>Follow</source>
        <translation>Suivre</translation>
    </message>
    <message>
        <source>Follow the system</source>
        <translation>Suivre le système</translation>
    </message>
    <message>
        <source>Follow the system, or always light or dark.</source>
        <translation>Suivre le système, ou toujours clair ou sombre.</translation>
    </message>
    <message>
        <source>For</source>
        <translation>Pour</translation>
    </message>
    <message>
        <source>For PostgreSQL install authws-desktop[postgresql].</source>
        <translation>Pour PostgreSQL, installez authws-desktop[postgresql].</translation>
    </message>
    <message>
        <source>For a Linux or macOS shell with Node.js; then type messages as JSON.</source>
        <translation>Pour un terminal Linux ou macOS avec Node.js ; tapez ensuite des messages en JSON.</translation>
    </message>
    <message>
        <source>For a Linux or macOS shell.</source>
        <translation>Pour un terminal Linux ou macOS.</translation>
    </message>
    <message>
        <source>For a class or event</source>
        <translation>Pour une classe ou un événement</translation>
    </message>
    <message>
        <source>For a day</source>
        <translation>Pour un jour</translation>
    </message>
    <message>
        <source>For a week</source>
        <translation>Pour une semaine</translation>
    </message>
    <message>
        <source>For an hour</source>
        <translation>Pour une heure</translation>
    </message>
    <message>
        <source>For programs</source>
        <translation>Pour des programmes</translation>
    </message>
    <message>
        <source>For whom</source>
        <translation>Pour qui</translation>
    </message>
    <message>
        <source>Forget this filter</source>
        <translation>Oublier ce filtre</translation>
    </message>
    <message>
        <source>Forget this message</source>
        <translation>Oublier ce message</translation>
    </message>
    <message>
        <source>Fragments of</source>
        <translation>Fragments de</translation>
    </message>
    <message>
        <source>Frame over the size limit ({code}).</source>
        <translation>Trame au-delà de la taille limite ({code}).</translation>
    </message>
    <message>
        <source>Freeze the view; nothing is lost (Space)</source>
        <translation>Figer la vue ; rien n’est perdu (Espace)</translation>
    </message>
    <message>
        <source>From</source>
        <translation>De</translation>
    </message>
    <message>
        <source>From clients only</source>
        <translation>Des clients seulement</translation>
    </message>
    <message>
        <source>From now on.</source>
        <translation>Dès maintenant.</translation>
    </message>
    <message>
        <source>From telling the others to hearing it back from the engine</source>
        <translation>De l’avis aux autres jusqu’à son retour par le moteur</translation>
    </message>
    <message>
        <source>Frozen: nothing passes, and nothing is closed</source>
        <translation>Figé : rien ne passe et rien n’est fermé</translation>
    </message>
    <message>
        <source>Gaps</source>
        <translation>Lacunes</translation>
    </message>
    <message>
        <source>Generate</source>
        <translation>Générer</translation>
    </message>
    <message>
        <source>Generate a new one</source>
        <translation>En générer un nouveau</translation>
    </message>
    <message>
        <source>Give the account the role host, if it is to do this.</source>
        <translation>Donnez au compte le rôle host, s’il doit pouvoir le faire.</translation>
    </message>
    <message>
        <source>Good</source>
        <translation>Bon</translation>
    </message>
    <message>
        <source>Guest</source>
        <translation>Invité</translation>
    </message>
    <message>
        <source>Guests</source>
        <translation>Invités</translation>
    </message>
    <message>
        <source>Guests may come in by name</source>
        <translation>Les invités entrent par leur nom</translation>
    </message>
    <message>
        <source>Guests may not write to each other here.</source>
        <translation>Ici, les invités ne peuvent pas s’écrire.</translation>
    </message>
    <message>
        <source>Guests may write to each other</source>
        <translation>Les invités peuvent s’écrire</translation>
    </message>
    <message>
        <source>HS256 needs a long random text.</source>
        <translation>HS256 a besoin d’un long texte aléatoire.</translation>
    </message>
    <message>
        <source>HS256 needs a secret: a long random text.</source>
        <translation>HS256 a besoin d’un secret : un long texte aléatoire.</translation>
    </message>
    <message>
        <source>HS256 needs at least {min_secret_bytes} bytes: with fewer, tokens can be forged by trying secrets.</source>
        <translation>HS256 a besoin d’au moins {min_secret_bytes} octets : avec moins, on peut forger des jetons en essayant des secrets.</translation>
    </message>
    <message>
        <source>Hand on the link of an invitation.</source>
        <translation>Transmettez le lien d’une invitation.</translation>
    </message>
    <message>
        <source>Header</source>
        <translation>En-tête</translation>
    </message>
    <message>
        <source>Hex</source>
        <translation>Hexa</translation>
    </message>
    <message>
        <source>Hide password</source>
        <translation>Masquer le mot de passe</translation>
    </message>
    <message>
        <source>Hide the secret</source>
        <translation>Masquer le secret</translation>
    </message>
    <message>
        <source>Hide this type</source>
        <translation>Masquer ce type</translation>
    </message>
    <message>
        <source>Highlight</source>
        <translation>Surligner</translation>
    </message>
    <message>
        <source>History</source>
        <translation>Historique</translation>
    </message>
    <message>
        <source>History file</source>
        <translation>Fichier d’historique</translation>
    </message>
    <message>
        <source>History from {oldest} to {newest}: {rows}, read-only.</source>
        <translation>Historique de {oldest} à {newest} : {rows}, lecture seule.</translation>
    </message>
    <message>
        <source>History…</source>
        <translation>Historique…</translation>
    </message>
    <message>
        <source>Holds for passwords that are set from now on; under 8 they are easily guessed.</source>
        <translation>Vaut pour les mots de passe définis désormais ; sous 8, ils se devinent facilement.</translation>
    </message>
    <message>
        <source>Host</source>
        <translation>Hôte</translation>
    </message>
    <message>
        <source>How long</source>
        <translation>Durée</translation>
    </message>
    <message>
        <source>How long a login lasts; holds for tokens issued from now on.</source>
        <translation>Durée d’une connexion ; vaut pour les jetons émis désormais.</translation>
    </message>
    <message>
        <source>How many</source>
        <translation>Combien</translation>
    </message>
    <message>
        <source>How many people.</source>
        <translation>Combien de personnes.</translation>
    </message>
    <message>
        <source>How often an idle connection is pinged.</source>
        <translation>Intervalle des pings d’une connexion inactive.</translation>
    </message>
    <message>
        <source>Idle</source>
        <translation>Inactif</translation>
    </message>
    <message>
        <source>If it is forgotten, give a new one: Reset password.</source>
        <translation>S’il est oublié, donnez-en un nouveau : Réinitialiser le mot de passe.</translation>
    </message>
    <message>
        <source>If others cannot connect, allow the port.</source>
        <translation>Si d’autres ne peuvent pas se connecter, autorisez le port.</translation>
    </message>
    <message>
        <source>If others cannot connect: Windows Security, Firewall &amp; network protection, Allow an app through firewall; or this line in a terminal run as administrator:</source>
        <translation>Si d’autres ne peuvent pas se connecter : Sécurité Windows, Pare-feu et protection du réseau, Autoriser une application via le pare-feu ; ou cette ligne dans un terminal lancé en administrateur :</translation>
    </message>
    <message>
        <source>If others cannot connect: {macos_clicks}.</source>
        <translation>Si d’autres ne peuvent pas se connecter : {macos_clicks}.</translation>
    </message>
    <message>
        <source>Import a list</source>
        <translation>Importer une liste</translation>
    </message>
    <message>
        <source>Import accounts</source>
        <translation>Importer des comptes</translation>
    </message>
    <message>
        <source>Import it in parts.</source>
        <translation>Importez-la par parties.</translation>
    </message>
    <message>
        <source>Import…</source>
        <translation>Importer…</translation>
    </message>
    <message>
        <source>In</source>
        <translation>Entrée</translation>
    </message>
    <message>
        <source>In a client&apos;s name</source>
        <translation>Au nom d’un client</translation>
    </message>
    <message>
        <source>In a cluster, a server that stops sends its clients to the others over this long.</source>
        <translation>Dans une grappe, un serveur qui s’arrête envoie ses clients aux autres pendant ce temps.</translation>
    </message>
    <message>
        <source>In the way</source>
        <translation>Fait obstacle</translation>
    </message>
    <message>
        <source>In/s</source>
        <translation>Entr./s</translation>
    </message>
    <message>
        <source>In: {now}/s now, {most}/s at most.</source>
        <translation>Entrée : {now}/s maintenant, {most}/s au plus.</translation>
    </message>
    <message>
        <source>Indent</source>
        <translation>Indenter</translation>
    </message>
    <message>
        <source>Info</source>
        <translation>Info</translation>
    </message>
    <message>
        <source>Info and above</source>
        <translation>Info et plus</translation>
    </message>
    <message>
        <source>Inspect a token…</source>
        <translation>Examiner un jeton…</translation>
    </message>
    <message>
        <source>Invitations</source>
        <translation>Invitations</translation>
    </message>
    <message>
        <source>Invite: whoever has an invitation code</source>
        <translation>Invitation : qui a un code</translation>
    </message>
    <message>
        <source>Is the clock right?</source>
        <translation>L’horloge est-elle juste ?</translation>
    </message>
    <message>
        <source>Issued</source>
        <translation>Émis</translation>
    </message>
    <message>
        <source>Issued by &apos;{issuer}&apos;, whose tokens you let in.</source>
        <translation>Émis par &apos;{issuer}&apos;, dont vous admettez les jetons.</translation>
    </message>
    <message>
        <source>Issued by now.</source>
        <translation>Déjà émis.</translation>
    </message>
    <message>
        <source>Issued by this program.</source>
        <translation>Émis par ce programme.</translation>
    </message>
    <message>
        <source>Issued in the future, {time}</source>
        <translation>Émis dans le futur, {time}</translation>
    </message>
    <message>
        <source>Issued only {ahead} from now.</source>
        <translation>Émis seulement dans {ahead}.</translation>
    </message>
    <message>
        <source>Issued {time}</source>
        <translation>Émis {time}</translation>
    </message>
    <message>
        <source>It answers at every address of this computer.</source>
        <translation>Il répond à toutes les adresses de cet ordinateur.</translation>
    </message>
    <message>
        <source>It counts until their tokens expire or are revoked.</source>
        <translation>Il compte jusqu’à ce que leurs jetons expirent ou soient révoqués.</translation>
    </message>
    <message>
        <source>It does not answer this computer itself at {names}.</source>
        <translation>Il ne répond pas à cet ordinateur lui-même sous {names}.</translation>
    </message>
    <message>
        <source>It does not fall asleep while clients are connected, where the system offers that.</source>
        <translation>Il ne s’endort pas tant que des clients sont connectés, si le système le permet.</translation>
    </message>
    <message>
        <source>It ends by itself, or when you lift it.</source>
        <translation>Il finit de lui-même, ou quand vous le levez.</translation>
    </message>
    <message>
        <source>It is Windows itself (often IIS or the World Wide Web Publishing Service): stop it in Services.</source>
        <translation>C’est Windows lui-même (souvent IIS ou le Service de publication World Wide Web) : arrêtez-le dans Services.</translation>
    </message>
    <message>
        <source>It is allowed by now.</source>
        <translation>C’est désormais autorisé.</translation>
    </message>
    <message>
        <source>It is one of {known}.</source>
        <translation>C’est l’un de {known}.</translation>
    </message>
    <message>
        <source>It may be AirPlay: System Settings, General, AirDrop &amp; Handoff, AirPlay Receiver.</source>
        <translation>C’est peut-être AirPlay : Réglages Système, Général, AirDrop et Handoff, Récepteur AirPlay.</translation>
    </message>
    <message>
        <source>It stands before the content, as long as the program runs.</source>
        <translation>Il figure devant le contenu tant que le programme est ouvert.</translation>
    </message>
    <message>
        <source>It was left as it is. To do it all the same, press {button} again.</source>
        <translation>Rien n’a changé. Pour le faire quand même, appuyez encore sur {button}.</translation>
    </message>
    <message>
        <source>Its network is gone, or its device sleeps, or its program was ended.</source>
        <translation>Son réseau est parti, ou son appareil dort, ou son programme a été terminé.</translation>
    </message>
    <message>
        <source>Its tokens are refused until they can.</source>
        <translation>D’ici là, ses jetons sont refusés.</translation>
    </message>
    <message>
        <source>JSON Lines (*.jsonl)</source>
        <translation>JSON Lines (*.jsonl)</translation>
    </message>
    <message>
        <source>JSON Lines, can be opened again (*.jsonl)</source>
        <translation>JSON Lines, peut être rouvert (*.jsonl)</translation>
    </message>
    <message>
        <source>JSON Lines, can be replayed (*.jsonl)</source>
        <translation>JSON Lines, peut être rejoué (*.jsonl)</translation>
    </message>
    <message>
        <source>JSON has no {name}.</source>
        <translation>JSON n’a pas de {name}.</translation>
    </message>
    <message>
        <source>JSON is malformed:</source>
        <translation>Le JSON est mal formé :</translation>
    </message>
    <message>
        <source>JWT_SECRET holds a key pair.</source>
        <translation>JWT_SECRET contient une paire de clés.</translation>
    </message>
    <message>
        <source>JWT_SECRET is not text.</source>
        <translation>JWT_SECRET n’est pas du texte.</translation>
    </message>
    <message>
        <source>JWT_SECRET is {secret} bytes long.</source>
        <translation>JWT_SECRET a {secret} octets.</translation>
    </message>
    <message>
        <source>Join from a phone: scan the code, or open {address}.</source>
        <translation>Rejoindre d’un téléphone : scannez le code ou ouvrez {address}.</translation>
    </message>
    <message>
        <source>Keep it on top</source>
        <translation>Garder en haut</translation>
    </message>
    <message>
        <source>Keep it on top, also for who comes later</source>
        <translation>Garder en haut, aussi pour les suivants</translation>
    </message>
    <message>
        <source>Keep messages for</source>
        <translation>Conserver les messages</translation>
    </message>
    <message>
        <source>Keep messages for who was away</source>
        <translation>Conserver les messages des absents</translation>
    </message>
    <message>
        <source>Keep people connected; old tokens stay valid until they expire</source>
        <translation>Garder connecté ; les anciens jetons valent jusqu’à expiration</translation>
    </message>
    <message>
        <source>Keep running in the tray</source>
        <translation>Continuer dans la zone de notification</translation>
    </message>
    <message>
        <source>Keep the audit for</source>
        <translation>Conserver l’audit</translation>
    </message>
    <message>
        <source>Keep the computer awake</source>
        <translation>Garder l’ordinateur éveillé</translation>
    </message>
    <message>
        <source>Keep the newest line in view</source>
        <translation>Garder la dernière ligne en vue</translation>
    </message>
    <message>
        <source>Keep the newest row in view (F)</source>
        <translation>Garder la dernière ligne en vue (F)</translation>
    </message>
    <message>
        <source>Keep the role each has</source>
        <translation>Garder le rôle de chacun</translation>
    </message>
    <message>
        <source>Keep the server running</source>
        <translation>Garder le serveur en marche</translation>
    </message>
    <message>
        <source>Keep-alive every</source>
        <translation>Ping toutes les</translation>
    </message>
    <message>
        <source>Kept in a file of its own; survives a restart</source>
        <translation>Dans un fichier à part ; survit à un redémarrage</translation>
    </message>
    <message>
        <source>Kept in {file}</source>
        <translation>Conservé dans {file}</translation>
    </message>
    <message>
        <source>Kept sending over the rate limit ({code}).</source>
        <translation>A continué d’envoyer au-delà de la limite de débit ({code}).</translation>
    </message>
    <message>
        <source>Key file</source>
        <translation>Fichier de clé</translation>
    </message>
    <message>
        <source>Keys come from a file, or from an address such as https://login.example.org/.well-known/jwks.json.</source>
        <translation>Les clés viennent d’un fichier ou d’une adresse telle que https://login.example.org/.well-known/jwks.json.</translation>
    </message>
    <message>
        <source>Keys of those tokens</source>
        <translation>Clés de ces jetons</translation>
    </message>
    <message>
        <source>Lag</source>
        <translation>Retard</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>Langue</translation>
    </message>
    <message>
        <source>Language of the window</source>
        <translation>Langue de la fenêtre</translation>
    </message>
    <message>
        <source>Largest message</source>
        <translation>Plus grand message</translation>
    </message>
    <message>
        <source>Last login</source>
        <translation>Dernière connexion</translation>
    </message>
    <message>
        <source>Last run</source>
        <translation>Dernière exécution</translation>
    </message>
    <message>
        <source>Last seen</source>
        <translation>Vu pour la dernière fois</translation>
    </message>
    <message>
        <source>Last used</source>
        <translation>Dernière utilisation</translation>
    </message>
    <message>
        <source>Late by</source>
        <translation>En retard de</translation>
    </message>
    <message>
        <source>Leave it empty for SQLite, or write postgresql://user:password@host/name.</source>
        <translation>Laissez vide pour SQLite, ou écrivez postgresql://user:password@host/name.</translation>
    </message>
    <message>
        <source>Leave it out to have a password generated.</source>
        <translation>Omettez-le pour qu’un mot de passe soit généré.</translation>
    </message>
    <message>
        <source>Left out: {rows}</source>
        <translation>Omises : {rows}</translation>
    </message>
    <message>
        <source>Let everyone write to everyone; nobody is disconnected.</source>
        <translation>Laissez chacun écrire à tous ; personne n’est déconnecté.</translation>
    </message>
    <message>
        <source>Let guests in by name alone; nobody is disconnected.</source>
        <translation>Admettez des invités avec leur seul nom ; personne n’est déconnecté.</translation>
    </message>
    <message>
        <source>Let in who has a token of another issuer: off; known: who has an account here; anyone.</source>
        <translation>Laisser entrer qui a un jeton d’un autre émetteur : off ; known : qui a un compte ici ; anyone : tous.</translation>
    </message>
    <message>
        <source>Let my network in</source>
        <translation>Laisser entrer mon réseau</translation>
    </message>
    <message>
        <source>Let the client log in again and use the new token.</source>
        <translation>Faites reconnecter le client et utiliser le nouveau jeton.</translation>
    </message>
    <message>
        <source>Let them try again now</source>
        <translation>Permettre un nouvel essai</translation>
    </message>
    <message>
        <source>Let tokens run out now</source>
        <translation>Laisser expirer les jetons maintenant</translation>
    </message>
    <message>
        <source>Let your network in?</source>
        <translation>Laisser entrer votre réseau ?</translation>
    </message>
    <message>
        <source>Let {username} log in again, or hand on a new token.</source>
        <translation>Faites reconnecter {username}, ou transmettez un nouveau jeton.</translation>
    </message>
    <message>
        <source>Lets this device trust that computer&apos;s server.</source>
        <translation>Fait que cet appareil se fie au serveur de cet ordinateur-là.</translation>
    </message>
    <message>
        <source>Lets {names} try again now.</source>
        <translation>Permet à {names} de réessayer maintenant.</translation>
    </message>
    <message>
        <source>Level</source>
        <translation>Niveau</translation>
    </message>
    <message>
        <source>Life of the token</source>
        <translation>Durée du jeton</translation>
    </message>
    <message>
        <source>Lift</source>
        <translation>Lever</translation>
    </message>
    <message>
        <source>Lift the ban to let them in.</source>
        <translation>Levez le bannissement pour le laisser entrer.</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Clair</translation>
    </message>
    <message>
        <source>Line</source>
        <translation>Ligne</translation>
    </message>
    <message>
        <source>Line for a terminal</source>
        <translation>Ligne pour un terminal</translation>
    </message>
    <message>
        <source>Line {line} has a quote too many or too few.</source>
        <translation>La ligne {line} a un guillemet de trop ou de moins.</translation>
    </message>
    <message>
        <source>Line {line} of the file {file} cannot be understood; is a quotation mark missing?</source>
        <translation>La ligne {line} du fichier {file} est incompréhensible ; manque-t-il un guillemet ?</translation>
    </message>
    <message>
        <source>Lines of the list</source>
        <translation>Lignes de la liste</translation>
    </message>
    <message>
        <source>Link</source>
        <translation>Lien</translation>
    </message>
    <message>
        <source>Link of the chosen invitation</source>
        <translation>Lien de l’invitation choisie</translation>
    </message>
    <message>
        <source>Listen on</source>
        <translation>Écouter sur</translation>
    </message>
    <message>
        <source>Listen on another address?</source>
        <translation>Écouter sur une autre adresse ?</translation>
    </message>
    <message>
        <source>Listening on {places}, port {value}.</source>
        <translation>Écoute sur {places}, port {value}.</translation>
    </message>
    <message>
        <source>Lists (*.csv *.tsv *.txt *.json *.jsonl);;All files (*)</source>
        <translation>Listes (*.csv *.tsv *.txt *.json *.jsonl);;Tous les fichiers (*)</translation>
    </message>
    <message>
        <source>Live</source>
        <translation>Direct</translation>
    </message>
    <message>
        <source>Local: a certificate made here</source>
        <translation>Local : un certificat fait ici</translation>
    </message>
    <message>
        <source>Lock-outs</source>
        <translation>Blocages</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>Journal</translation>
    </message>
    <message>
        <source>Log in again.</source>
        <translation>Connectez-vous à nouveau.</translation>
    </message>
    <message>
        <source>Log in within</source>
        <translation>Se connecter en</translation>
    </message>
    <message>
        <source>Log level</source>
        <translation>Niveau du journal</translation>
    </message>
    <message>
        <source>Logged in with this token already.</source>
        <translation>Déjà connecté avec ce jeton.</translation>
    </message>
    <message>
        <source>Login cards</source>
        <translation>Cartes de connexion</translation>
    </message>
    <message>
        <source>Login cards for {accounts}</source>
        <translation>Cartes de connexion pour {accounts}</translation>
    </message>
    <message>
        <source>Login cards…</source>
        <translation>Cartes de connexion…</translation>
    </message>
    <message>
        <source>Login refused</source>
        <translation>Connexion refusée</translation>
    </message>
    <message>
        <source>Logins</source>
        <translation>Connexions</translation>
    </message>
    <message>
        <source>Logs {who} out everywhere: {ends}.</source>
        <translation>Déconnecte {who} partout : {ends}.</translation>
    </message>
    <message>
        <source>Look at it again, then repeat what is still wanted.</source>
        <translation>Regardez-le à nouveau, puis répétez ce qui reste voulu.</translation>
    </message>
    <message>
        <source>Look at this</source>
        <translation>À regarder</translation>
    </message>
    <message>
        <source>Look for a newer version</source>
        <translation>Chercher une version plus récente</translation>
    </message>
    <message>
        <source>Look for a typing error, or make one.</source>
        <translation>Cherchez une faute de frappe, ou créez-en un.</translation>
    </message>
    <message>
        <source>Look for a typing error: /openapi.json has every path.</source>
        <translation>Cherchez une faute de frappe : /openapi.json contient tous les chemins.</translation>
    </message>
    <message>
        <source>Look-around and back-references cannot be searched.</source>
        <translation>Les assertions (look-around) et les références arrière ne peuvent pas être cherchées.</translation>
    </message>
    <message>
        <source>Lost</source>
        <translation>Perdus</translation>
    </message>
    <message>
        <source>Lost, as the connection closed: {lost}.</source>
        <translation>Perdus, car la connexion s’est fermée : {lost}.</translation>
    </message>
    <message>
        <source>Lowest level shown</source>
        <translation>Niveau minimal affiché</translation>
    </message>
    <message>
        <source>Made ready {done} of {all}</source>
        <translation>{done} sur {all} préparés</translation>
    </message>
    <message>
        <source>Made {when}</source>
        <translation>Créé {when}</translation>
    </message>
    <message>
        <source>Make a new code</source>
        <translation>Créer un nouveau code</translation>
    </message>
    <message>
        <source>Make another invitation, and hand on its link.</source>
        <translation>Créez une autre invitation et transmettez son lien.</translation>
    </message>
    <message>
        <source>Make it a test</source>
        <translation>En faire un test</translation>
    </message>
    <message>
        <source>Make it a test…</source>
        <translation>En faire un test…</translation>
    </message>
    <message>
        <source>Make room, then try again.</source>
        <translation>Libérez de l’espace, puis réessayez.</translation>
    </message>
    <message>
        <source>Make room.</source>
        <translation>Libérez de l’espace.</translation>
    </message>
    <message>
        <source>Make the account yourself, or let anybody register; nobody is disconnected.</source>
        <translation>Créez le compte vous-même, ou laissez chacun s’inscrire ; personne n’est déconnecté.</translation>
    </message>
    <message>
        <source>Mark</source>
        <translation>Marquer</translation>
    </message>
    <message>
        <source>Marks rows without hiding the others; same language as the filter.</source>
        <translation>Marque des lignes sans masquer les autres ; même langage que le filtre.</translation>
    </message>
    <message>
        <source>Meaning</source>
        <translation>Signification</translation>
    </message>
    <message>
        <source>Meant for another service.</source>
        <translation>Destiné à un autre service.</translation>
    </message>
    <message>
        <source>Meanwhile {rows} made room for new ones.</source>
        <translation>Entre-temps {rows} ont fait place à de nouvelles.</translation>
    </message>
    <message>
        <source>Median</source>
        <translation>Médiane</translation>
    </message>
    <message>
        <source>Member</source>
        <translation>Membre</translation>
    </message>
    <message>
        <source>Memory for rows</source>
        <translation>Mémoire des lignes</translation>
    </message>
    <message>
        <source>Message</source>
        <translation>Message</translation>
    </message>
    <message>
        <source>Message as JSON</source>
        <translation>Message en JSON</translation>
    </message>
    <message>
        <source>Message burst</source>
        <translation>Rafale de messages</translation>
    </message>
    <message>
        <source>Message rate</source>
        <translation>Débit de messages</translation>
    </message>
    <message>
        <source>Messages</source>
        <translation>Messages</translation>
    </message>
    <message>
        <source>Messages a connection may send at once before the rate applies.</source>
        <translation>Messages qu’une connexion peut envoyer d’un coup avant que le débit s’applique.</translation>
    </message>
    <message>
        <source>Messages a second each connection may send; 0 switches the limit off.</source>
        <translation>Messages par seconde et par connexion ; 0 supprime la limite.</translation>
    </message>
    <message>
        <source>Messages in a second</source>
        <translation>Messages entrants par seconde</translation>
    </message>
    <message>
        <source>Messages kept</source>
        <translation>Messages conservés</translation>
    </message>
    <message>
        <source>Messages of each</source>
        <translation>Messages de chacun</translation>
    </message>
    <message>
        <source>Messages out a second</source>
        <translation>Messages sortants par seconde</translation>
    </message>
    <message>
        <source>Messages out: {now}/s now, {most}/s at most.</source>
        <translation>Messages sortants : {now}/s maintenant, {most}/s au plus.</translation>
    </message>
    <message>
        <source>MiB</source>
        <translation>MiB</translation>
    </message>
    <message>
        <source>Minimise and keep running</source>
        <translation>Réduire et continuer</translation>
    </message>
    <message>
        <source>More or less</source>
        <translation>Plus ou moins</translation>
    </message>
    <message>
        <source>Move it away to begin a new one.</source>
        <translation>Déplacez-le pour en commencer un nouveau.</translation>
    </message>
    <message>
        <source>Move the folder away to make new ones.</source>
        <translation>Déplacez le dossier pour en créer de nouveaux.</translation>
    </message>
    <message>
        <source>Move the folder {folder} away and start the server again; devices then have to trust it anew.</source>
        <translation>Déplacez le dossier {folder} et redémarrez le serveur ; les appareils devront s’y fier à nouveau.</translation>
    </message>
    <message>
        <source>My network</source>
        <translation>Mon réseau</translation>
    </message>
    <message>
        <source>My network  ·  every address of this computer</source>
        <translation>Mon réseau  ·  toutes les adresses de cet ordinateur</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Nom</translation>
    </message>
    <message>
        <source>Name in the network</source>
        <translation>Nom dans le réseau</translation>
    </message>
    <message>
        <source>Name its file in Settings, Security, or let one be made.</source>
        <translation>Indiquez son fichier dans Réglages, Sécurité, ou laissez-en créer un.</translation>
    </message>
    <message>
        <source>Names</source>
        <translation>Noms</translation>
    </message>
    <message>
        <source>Names and passwords</source>
        <translation>Noms et mots de passe</translation>
    </message>
    <message>
        <source>Names are compared without regard to case.</source>
        <translation>Les noms sont comparés sans tenir compte de la casse.</translation>
    </message>
    <message>
        <source>Names, besides this computer&apos;s own, by which clients may address the server, such as hub.example.org or *.example.org.</source>
        <translation>Noms, outre ceux de cet ordinateur, par lesquels les clients peuvent s’adresser au serveur, comme hub.example.org ou *.example.org.</translation>
    </message>
    <message>
        <source>Needs Qt 6 with its module WebSockets.</source>
        <translation>Demande Qt 6 avec son module WebSockets.</translation>
    </message>
    <message>
        <source>Neither ufw nor firewalld is on.</source>
        <translation>Ni ufw ni firewalld ne sont actifs.</translation>
    </message>
    <message>
        <source>Network</source>
        <translation>Réseau</translation>
    </message>
    <message>
        <source>Never</source>
        <translation>Jamais</translation>
    </message>
    <message>
        <source>New devices first open {url}</source>
        <translation>Les nouveaux appareils ouvrent d’abord {url}</translation>
    </message>
    <message>
        <source>New password</source>
        <translation>Nouveau mot de passe</translation>
    </message>
    <message>
        <source>New passwords; nobody else knows them.</source>
        <translation>Nouveaux mots de passe ; personne d’autre ne les connaît.</translation>
    </message>
    <message>
        <source>New secret</source>
        <translation>Nouveau secret</translation>
    </message>
    <message>
        <source>New test user</source>
        <translation>Nouvel utilisateur de test</translation>
    </message>
    <message>
        <source>New traffic shows up here.</source>
        <translation>Le nouveau trafic apparaît ici.</translation>
    </message>
    <message>
        <source>New user</source>
        <translation>Nouvel utilisateur</translation>
    </message>
    <message>
        <source>Newcomers see</source>
        <translation>Les nouveaux voient</translation>
    </message>
    <message>
        <source>Newcomers wait here once registration needs your approval.</source>
        <translation>Les nouveaux attendent ici dès que l’inscription demande votre accord.</translation>
    </message>
    <message>
        <source>Newer</source>
        <translation>Plus récent</translation>
    </message>
    <message>
        <source>Next &amp;error	F8</source>
        <translation>Erreur &amp;suivante	F8</translation>
    </message>
    <message>
        <source>Next (Return)</source>
        <translation>Suivant (Return)</translation>
    </message>
    <message>
        <source>Next sheet</source>
        <translation>Feuille suivante</translation>
    </message>
    <message>
        <source>No account chosen</source>
        <translation>Aucun compte choisi</translation>
    </message>
    <message>
        <source>No account matches “{search}”</source>
        <translation>Aucun compte ne correspond à « {search} »</translation>
    </message>
    <message>
        <source>No accounts yet</source>
        <translation>Pas encore de compte</translation>
    </message>
    <message>
        <source>No act matches</source>
        <translation>Aucun acte ne correspond</translation>
    </message>
    <message>
        <source>No certificate is chosen.</source>
        <translation>Aucun certificat n’est choisi.</translation>
    </message>
    <message>
        <source>No connection has this in name, address or app.</source>
        <translation>Aucune connexion n’a ceci dans son nom, adresse ou app.</translation>
    </message>
    <message>
        <source>No connection is broken on purpose.</source>
        <translation>Aucune connexion n’est perturbée exprès.</translation>
    </message>
    <message>
        <source>No firewall is in the way: neither ufw, firewalld nor nftables filters.</source>
        <translation>Aucun pare-feu ne gêne : ni ufw, ni firewalld, ni nftables ne filtrent.</translation>
    </message>
    <message>
        <source>No firewall that this program knows was found (ufw, firewalld, nftables).</source>
        <translation>Aucun pare-feu connu de ce programme n’a été trouvé (ufw, firewalld, nftables).</translation>
    </message>
    <message>
        <source>No invitation yet. Create one above and hand on its link.</source>
        <translation>Pas encore d’invitation. Créez-en une ci-dessus et transmettez son lien.</translation>
    </message>
    <message>
        <source>No key is chosen.</source>
        <translation>Aucune clé n’est choisie.</translation>
    </message>
    <message>
        <source>No line can be used.</source>
        <translation>Aucune ligne n’est utilisable.</translation>
    </message>
    <message>
        <source>No line matches</source>
        <translation>Aucune ligne ne correspond</translation>
    </message>
    <message>
        <source>No messages are kept.</source>
        <translation>Aucun message n’est conservé.</translation>
    </message>
    <message>
        <source>No row chosen</source>
        <translation>Aucune ligne choisie</translation>
    </message>
    <message>
        <source>No row passes the filter</source>
        <translation>Aucune ligne ne passe le filtre</translation>
    </message>
    <message>
        <source>No rule of Windows Defender Firewall lets this program in on {name} networks.</source>
        <translation>Aucune règle du Pare-feu Windows Defender n’admet ce programme sur les réseaux {name}.</translation>
    </message>
    <message>
        <source>No token counts now.</source>
        <translation>Aucun jeton ne compte.</translation>
    </message>
    <message>
        <source>No traffic yet</source>
        <translation>Pas encore de trafic</translation>
    </message>
    <message>
        <source>Open its page</source>
        <translation>Ouvrir sa page</translation>
    </message>
    <message>
        <source>Quitting stops the server, which disconnects them.</source>
        <translation>Quitter arrête le serveur et les déconnecte.</translation>
    </message>
    <message>
        <source>Tell of newer versions</source>
        <translation>Signaler les nouvelles versions</translation>
    </message>
    <message>
        <source>The page of this program cannot be reached.</source>
        <translation>La page de ce programme est injoignable.</translation>
    </message>
    <message>
        <source>The page of this program gave an answer that is not understood.</source>
        <translation>La page de ce programme a donné une réponse incompréhensible.</translation>
    </message>
    <message>
        <source>The page of this program told no version that can be compared.</source>
        <translation>La page de ce programme n’a indiqué aucune version comparable.</translation>
    </message>
    <message>
        <source>There is no field &apos;{value}&apos; here.</source>
        <translation>Il n’y a pas de champ « {value} » ici.</translation>
    </message>
    <message>
        <source>This is the newest version.</source>
        <translation>C’est la version la plus récente.</translation>
    </message>
    <message>
        <source>Version {version} is there.</source>
        <translation>La version {version} est là.</translation>
    </message>
    <message>
        <source>Version {version} is there. About Authws Desktop, in the menu Help, leads to it.</source>
        <translation>La version {version} est là. « À propos d’Authws Desktop », dans le menu Aide, y mène.</translation>
    </message>
    <message>
        <source>another port, such as {next_free}</source>
        <translation>un autre port, comme {next_free}</translation>
    </message>
    <message>
        <source>compiled</source>
        <translation>compilé</translation>
    </message>
    <message>
        <source>is wrong at character {value}</source>
        <translation>est incorrect au caractère {value}</translation>
    </message>
    <message>
        <source>it ends too early (byte {data})</source>
        <translation>il finit trop tôt (octet {data})</translation>
    </message>
    <message>
        <source>No, not with the same frame.</source>
        <translation>Non, pas avec la même trame.</translation>
    </message>
    <message>
        <source>No.</source>
        <translation>Non.</translation>
    </message>
    <message>
        <source>Nobody found</source>
        <translation>Personne trouvé</translation>
    </message>
    <message>
        <source>Nobody has to wait</source>
        <translation>Personne ne doit attendre</translation>
    </message>
    <message>
        <source>Nobody is banned. Choose somebody on the Live page to ban the user or the address.</source>
        <translation>Personne n’est banni. Choisissez quelqu’un sur la page Direct pour bannir l’utilisateur ou l’adresse.</translation>
    </message>
    <message>
        <source>Nobody is connected</source>
        <translation>Personne n’est connecté</translation>
    </message>
    <message>
        <source>Nobody is disconnected now; new connections and logins are refused.</source>
        <translation>Personne n’est déconnecté ; les nouvelles connexions sont refusées.</translation>
    </message>
    <message>
        <source>Nobody is disconnected.</source>
        <translation>Personne n’est déconnecté.</translation>
    </message>
    <message>
        <source>Nobody is here yet</source>
        <translation>Personne n’est encore là</translation>
    </message>
    <message>
        <source>Nobody is known by that id or name.</source>
        <translation>Personne n’est connu sous cet identifiant ou ce nom.</translation>
    </message>
    <message>
        <source>Nobody is known by the id or name in &apos;with&apos;.</source>
        <translation>Personne n’est connu sous l’identifiant ou le nom dans &apos;with&apos;.</translation>
    </message>
    <message>
        <source>Nobody is logged in, so nothing was sent.</source>
        <translation>Personne n’est connecté, rien n’a donc été envoyé.</translation>
    </message>
    <message>
        <source>Nobody waits.</source>
        <translation>Personne n’attend.</translation>
    </message>
    <message>
        <source>Nobody waits: registration does not ask for your approval now.</source>
        <translation>Personne n’attend : l’inscription ne demande pas votre accord actuellement.</translation>
    </message>
    <message>
        <source>Node</source>
        <translation>Nœud</translation>
    </message>
    <message>
        <source>Node {name} of {count} · {here} here · {all} in all</source>
        <translation>Nœud {name} sur {count} · {here} ici · {all} en tout</translation>
    </message>
    <message>
        <source>Nodes</source>
        <translation>Nœuds</translation>
    </message>
    <message>
        <source>None of the chosen users is connected any more, so nothing was sent.</source>
        <translation>Aucun des utilisateurs choisis n’est encore connecté, rien n’a donc été envoyé.</translation>
    </message>
    <message>
        <source>Not a token: ASCII text of up to {max_token_chars} characters.</source>
        <translation>Pas un jeton : texte ASCII d’au plus {max_token_chars} caractères.</translation>
    </message>
    <message>
        <source>Not acknowledged yet.</source>
        <translation>Pas encore confirmé.</translation>
    </message>
    <message>
        <source>Not issued by &apos;{issuer}&apos;.</source>
        <translation>N’a pas été émis par &apos;{issuer}&apos;.</translation>
    </message>
    <message>
        <source>Not logged in</source>
        <translation>Non connecté</translation>
    </message>
    <message>
        <source>Not three parts of JSON and signature in base64url.</source>
        <translation>Pas trois parties de JSON et de signature en base64url.</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>Note</translation>
    </message>
    <message>
        <source>Nothing</source>
        <translation>Rien</translation>
    </message>
    <message>
        <source>Nothing has been logged yet</source>
        <translation>Rien n’a encore été journalisé</translation>
    </message>
    <message>
        <source>Nothing is kept yet. What passes from now on shows up here.</source>
        <translation>Rien n’est encore conservé. Ce qui passe désormais apparaît ici.</translation>
    </message>
    <message>
        <source>Nothing is kept, and everybody has an account.</source>
        <translation>Rien n’est conservé et chacun a un compte.</translation>
    </message>
    <message>
        <source>Nothing is saved any more, and the file is left as it is.</source>
        <translation>Plus rien n’est enregistré, et le fichier reste tel quel.</translation>
    </message>
    <message>
        <source>Nothing is saved any more.</source>
        <translation>Plus rien n’est enregistré.</translation>
    </message>
    <message>
        <source>Nothing like this is in it.</source>
        <translation>Rien de tel n’y est.</translation>
    </message>
    <message>
        <source>Nothing was changed.</source>
        <translation>Rien n’a été modifié.</translation>
    </message>
    <message>
        <source>Nothing was done yet</source>
        <translation>Rien n’a encore été fait</translation>
    </message>
    <message>
        <source>Of a recording, each says what its first user said, over and over.</source>
        <translation>D’un enregistrement, chacun dit ce que son premier utilisateur a dit, encore et encore.</translation>
    </message>
    <message>
        <source>Of any kind, from one address of another computer; a whole class or event may share one.</source>
        <translation>De toute sorte, depuis une adresse d’un autre ordinateur ; une classe ou un événement peut en partager une.</translation>
    </message>
    <message>
        <source>Of anyone</source>
        <translation>De n’importe qui</translation>
    </message>
    <message>
        <source>Of people with an account</source>
        <translation>De personnes ayant un compte</translation>
    </message>
    <message>
        <source>Of the messages kept: nothing, what was said since their account was made, also the last 50 before, or all.</source>
        <translation>Des messages conservés : rien, ce qui fut dit depuis la création du compte, aussi les 50 d’avant, ou tout.</translation>
    </message>
    <message>
        <source>Of the web client, such as en, de or pt-BR. Empty: each browser&apos;s own.</source>
        <translation>Du client web, comme en, de ou pt-BR. Vide : celle de chaque navigateur.</translation>
    </message>
    <message>
        <source>Of these late: {late}, the last one after {after_s}.</source>
        <translation>Dont en retard : {late}, le dernier après {after_s}.</translation>
    </message>
    <message>
        <source>Off</source>
        <translation>Non</translation>
    </message>
    <message>
        <source>Off: a guest cannot write to another guest alone.</source>
        <translation>Non : un invité ne peut pas écrire à un autre invité seul.</translation>
    </message>
    <message>
        <source>Off: plain http and ws</source>
        <translation>Non : http et ws simples</translation>
    </message>
    <message>
        <source>Older</source>
        <translation>Plus ancien</translation>
    </message>
    <message>
        <source>Older ones are forgotten; a message for somebody who is away waits as long.</source>
        <translation>Les plus anciens sont oubliés ; un message pour un absent attend aussi longtemps.</translation>
    </message>
    <message>
        <source>Older rows are dropped when their payloads take more than this.</source>
        <translation>Les lignes plus anciennes sont supprimées quand leurs contenus dépassent ceci.</translation>
    </message>
    <message>
        <source>On</source>
        <translation>Oui</translation>
    </message>
    <message>
        <source>On now</source>
        <translation>En cours</translation>
    </message>
    <message>
        <source>On top: {text}</source>
        <translation>En haut : {text}</translation>
    </message>
    <message>
        <source>On: people come in by name alone, without a password. They end when the server stops.</source>
        <translation>Oui : on entre par son nom seul, sans mot de passe. Fin à l’arrêt du serveur.</translation>
    </message>
    <message>
        <source>On: the web client sends pictures, shrunk to 1,280 pixels and 300 kB.</source>
        <translation>Oui : le client web envoie des images, réduites à 1 280 pixels et 300 ko.</translation>
    </message>
    <message>
        <source>Once</source>
        <translation>Une fois</translation>
    </message>
    <message>
        <source>One connection</source>
        <translation>Une connexion</translation>
    </message>
    <message>
        <source>One person a line: a name, and if you like a password and a role (member or host), separated by comma, semicolon or tab. Who has no password gets a generated one. A table of users with bcrypt hashes, as CSV or JSON, moves in with the passwords they have.</source>
        <translation>Une personne par ligne : un nom et, si vous voulez, un mot de passe et un rôle (member ou host), séparés par virgule, point-virgule ou tabulation. Sans mot de passe, il en est généré un. Une table d’utilisateurs à hachages bcrypt, en CSV ou JSON, emménage avec ses mots de passe.</translation>
    </message>
    <message>
        <source>Only after a new login.</source>
        <translation>Seulement après une nouvelle connexion.</translation>
    </message>
    <message>
        <source>Only frames can be sent again</source>
        <translation>Seules les trames peuvent être renvoyées</translation>
    </message>
    <message>
        <source>Only hosts</source>
        <translation>Hôtes seulement</translation>
    </message>
    <message>
        <source>Only hosts write to everyone</source>
        <translation>Seuls les hôtes écrivent à tous</translation>
    </message>
    <message>
        <source>Only the beginning of this frame was kept</source>
        <translation>Seul le début de cette trame a été conservé</translation>
    </message>
    <message>
        <source>Only the host may write to everyone now.</source>
        <translation>Seul l’hôte peut maintenant écrire à tous.</translation>
    </message>
    <message>
        <source>Only the node that they are connected to knows their address</source>
        <translation>Seul le nœud auquel ils sont connectés connaît leur adresse</translation>
    </message>
    <message>
        <source>Only this computer can come in now.</source>
        <translation>Seul cet ordinateur peut maintenant entrer.</translation>
    </message>
    <message>
        <source>Only this computer can open the address now. Others need it to find the login.</source>
        <translation>Seul cet ordinateur peut ouvrir l’adresse. Les autres en ont besoin pour se connecter.</translation>
    </message>
    <message>
        <source>Only this computer can open this address.</source>
        <translation>Seul cet ordinateur peut ouvrir cette adresse.</translation>
    </message>
    <message>
        <source>Only this computer can reach it.</source>
        <translation>Seul cet ordinateur peut l’atteindre.</translation>
    </message>
    <message>
        <source>Only you see it.</source>
        <translation>Vous seul le voyez.</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Ouvrir</translation>
    </message>
    <message>
        <source>Open Authws Desktop</source>
        <translation>Ouvrir Authws Desktop</translation>
    </message>
    <message>
        <source>Open a file…</source>
        <translation>Ouvrir un fichier…</translation>
    </message>
    <message>
        <source>Open a list of names</source>
        <translation>Ouvrir une liste de noms</translation>
    </message>
    <message>
        <source>Open account</source>
        <translation>Ouvrir le compte</translation>
    </message>
    <message>
        <source>Open exported traffic</source>
        <translation>Ouvrir un trafic exporté</translation>
    </message>
    <message>
        <source>Open in browser</source>
        <translation>Ouvrir dans le navigateur</translation>
    </message>
    <message>
        <source>Open this address in a browser on this computer.</source>
        <translation>Ouvrez cette adresse dans un navigateur de cet ordinateur.</translation>
    </message>
    <message>
        <source>Open {address} in a browser here, or let other devices in.</source>
        <translation>Ouvrez {address} dans un navigateur ici, ou laissez entrer d’autres appareils.</translation>
    </message>
    <message>
        <source>Open: anyone who reaches the server</source>
        <translation>Ouverte : quiconque atteint le serveur</translation>
    </message>
    <message>
        <source>Opening {file}</source>
        <translation>Ouverture de {file}</translation>
    </message>
    <message>
        <source>Opening {where}…</source>
        <translation>Ouverture de {where}…</translation>
    </message>
    <message>
        <source>Opens this window and starts the server when you log in to this computer.</source>
        <translation>Ouvre cette fenêtre et démarre le serveur quand vous ouvrez une session sur cet ordinateur.</translation>
    </message>
    <message>
        <source>Optional. They are told it when they are disconnected or refused.</source>
        <translation>Facultatif. On le leur dit lors d’une déconnexion ou d’un refus.</translation>
    </message>
    <message>
        <source>Or allow twice as many from each address; nobody is disconnected.</source>
        <translation>Ou autorisez-en deux fois plus par adresse ; personne n’est déconnecté.</translation>
    </message>
    <message>
        <source>Or give everyone twice the time to log in; nobody is disconnected.</source>
        <translation>Ou donnez à tous deux fois plus de temps pour se connecter ; personne n’est déconnecté.</translation>
    </message>
    <message>
        <source>Or let everyone send frames twice as large; nobody is disconnected.</source>
        <translation>Ou laissez tous envoyer des trames deux fois plus grandes ; personne n’est déconnecté.</translation>
    </message>
    <message>
        <source>Or let twice as much wait for who reads slowly; nobody is disconnected.</source>
        <translation>Ou laissez attendre deux fois plus pour qui lit lentement ; personne n’est déconnecté.</translation>
    </message>
    <message>
        <source>Or remove the rule as administrator:</source>
        <translation>Ou supprimez la règle en administrateur :</translation>
    </message>
    <message>
        <source>Or use that copy, or quit it first.</source>
        <translation>Ou utilisez cette copie, ou quittez-la d’abord.</translation>
    </message>
    <message>
        <source>Others in this network use {port}{adapter}.</source>
        <translation>Les autres sur ce réseau utilisent {port}{adapter}.</translation>
    </message>
    <message>
        <source>Others may use {port}, but {adapter} is a virtual network or a VPN.</source>
        <translation>Les autres peuvent utiliser {port}, mais {adapter} est un réseau virtuel ou un VPN.</translation>
    </message>
    <message>
        <source>Others reach this server: break their connections, too</source>
        <translation>D’autres atteignent ce serveur : perturber aussi leurs connexions</translation>
    </message>
    <message>
        <source>Out</source>
        <translation>Sortie</translation>
    </message>
    <message>
        <source>Out/s</source>
        <translation>Sort./s</translation>
    </message>
    <message>
        <source>Outcome</source>
        <translation>Résultat</translation>
    </message>
    <message>
        <source>PDF files (*.pdf)</source>
        <translation>Fichiers PDF (*.pdf)</translation>
    </message>
    <message>
        <source>PEM files (*.pem *.crt *.cer *.key);;All files (*)</source>
        <translation>Fichiers PEM (*.pem *.crt *.cer *.key);;Tous les fichiers (*)</translation>
    </message>
    <message>
        <source>PEM without a password; for your own files.</source>
        <translation>PEM sans mot de passe ; pour vos propres fichiers.</translation>
    </message>
    <message>
        <source>PEM, with the chain below it; for your own files.</source>
        <translation>PEM, avec la chaîne dessous ; pour vos propres fichiers.</translation>
    </message>
    <message>
        <source>Pages of {origin} may not connect.</source>
        <translation>Les pages de {origin} ne peuvent pas se connecter.</translation>
    </message>
    <message>
        <source>Paper</source>
        <translation>Papier</translation>
    </message>
    <message>
        <source>Part</source>
        <translation>Partie</translation>
    </message>
    <message>
        <source>Parts of the token</source>
        <translation>Parties du jeton</translation>
    </message>
    <message>
        <source>Password</source>
        <translation>Mot de passe</translation>
    </message>
    <message>
        <source>Password strength: {strength}</source>
        <translation>Force du mot de passe : {strength}</translation>
    </message>
    <message>
        <source>Paste</source>
        <translation>Coller</translation>
    </message>
    <message>
        <source>Paste a token here: three parts with dots between them.</source>
        <translation>Collez un jeton ici : trois parties séparées par des points.</translation>
    </message>
    <message>
        <source>Paste a token to see what it says and whether this server accepts it.</source>
        <translation>Collez un jeton pour voir ce qu’il dit et si ce serveur l’accepte.</translation>
    </message>
    <message>
        <source>Paste it into the console of a page on this server, or into a page&apos;s script.</source>
        <translation>Collez-le dans la console d’une page de ce serveur, ou dans le script d’une page.</translation>
    </message>
    <message>
        <source>Path</source>
        <translation>Chemin</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Pause</translation>
    </message>
    <message>
        <source>Payload as JSON</source>
        <translation>Contenu en JSON</translation>
    </message>
    <message>
        <source>Payload as bytes</source>
        <translation>Contenu en octets</translation>
    </message>
    <message>
        <source>Payload as text</source>
        <translation>Contenu en texte</translation>
    </message>
    <message>
        <source>People</source>
        <translation>Personnes</translation>
    </message>
    <message>
        <source>People who are logged in</source>
        <translation>Personnes connectées</translation>
    </message>
    <message>
        <source>People, invitations, or who waits</source>
        <translation>Personnes, invitations, ou qui attend</translation>
    </message>
    <message>
        <source>Phones join by scanning the code. The password is not kept when the program ends.</source>
        <translation>Les téléphones entrent en scannant le code. Le mot de passe n’est pas gardé à la fermeture du programme.</translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation>Images</translation>
    </message>
    <message>
        <source>Pictures in the web client</source>
        <translation>Images dans le client web</translation>
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
        <translation>Le port {port} est utilisé par {who}.</translation>
    </message>
    <message>
        <source>Presence</source>
        <translation>Présence</translation>
    </message>
    <message>
        <source>Press / and then Escape to empty the filter, or choose more kinds of rows above.</source>
        <translation>Appuyez sur / puis Échap pour vider le filtre, ou choisissez plus de sortes de lignes ci-dessus.</translation>
    </message>
    <message>
        <source>Press Start above to let people connect.</source>
        <translation>Appuyez sur Démarrer ci-dessus pour permettre les connexions.</translation>
    </message>
    <message>
        <source>Press Start to listen on {where}</source>
        <translation>Appuyez sur Démarrer pour écouter sur {where}</translation>
    </message>
    <message>
        <source>Press Start, then check again.</source>
        <translation>Appuyez sur Démarrer, puis vérifiez à nouveau.</translation>
    </message>
    <message>
        <source>Pretty</source>
        <translation>Mis en forme</translation>
    </message>
    <message>
        <source>Preview</source>
        <translation>Aperçu</translation>
    </message>
    <message>
        <source>Preview of the sheet</source>
        <translation>Aperçu de la feuille</translation>
    </message>
    <message>
        <source>Previous (Shift+Return)</source>
        <translation>Précédent (Shift+Return)</translation>
    </message>
    <message>
        <source>Previous sheet</source>
        <translation>Feuille précédente</translation>
    </message>
    <message>
        <source>Print the PDF at its real size, then cut along the lines.</source>
        <translation>Imprimez le PDF à sa taille réelle, puis coupez le long des lignes.</translation>
    </message>
    <message>
        <source>Production</source>
        <translation>Production</translation>
    </message>
    <message>
        <source>Program</source>
        <translation>Programme</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Progression</translation>
    </message>
    <message>
        <source>Projector</source>
        <translation>Projecteur</translation>
    </message>
    <message>
        <source>Put away</source>
        <translation>Ranger</translation>
    </message>
    <message>
        <source>Put away: the password is not kept anywhere</source>
        <translation>Ranger : le mot de passe n’est conservé nulle part</translation>
    </message>
    <message>
        <source>Put it back, or begin a new one.</source>
        <translation>Remettez-le en place, ou commencez-en un nouveau.</translation>
    </message>
    <message>
        <source>Put one name on each line.</source>
        <translation>Mettez un nom par ligne.</translation>
    </message>
    <message>
        <source>Put the file back, or ban somebody, which writes it again.</source>
        <translation>Remettez le fichier en place, ou bannissez quelqu’un, ce qui le réécrit.</translation>
    </message>
    <message>
        <source>Put the file back, or renew the secret, which writes it again.</source>
        <translation>Remettez le fichier en place, ou renouvelez le secret, ce qui le réécrit.</translation>
    </message>
    <message>
        <source>Put the file back, or restart the program to begin with what is there.</source>
        <translation>Remettez le fichier en place, ou redémarrez le programme pour commencer avec ce qui est là.</translation>
    </message>
    <message>
        <source>Put the file back, or save a setting, which writes it again.</source>
        <translation>Remettez le fichier en place, ou enregistrez un réglage, ce qui le réécrit.</translation>
    </message>
    <message>
        <source>Put the right file in its place, then restart the program.</source>
        <translation>Mettez le bon fichier à sa place, puis redémarrez le programme.</translation>
    </message>
    <message>
        <source>QR code of {address}</source>
        <translation>Code QR de {address}</translation>
    </message>
    <message>
        <source>QR code of {address}. Press Escape to close.</source>
        <translation>Code QR de {address}. Échap pour fermer.</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>Quitter</translation>
    </message>
    <message>
        <source>Quit and lose the passwords?</source>
        <translation>Quitter et perdre les mots de passe ?</translation>
    </message>
    <message>
        <source>Raise its limit (ulimit -n, or LimitNOFILE of a service) to {needed} and start it again.</source>
        <translation>Relevez sa limite (ulimit -n, ou LimitNOFILE d’un service) à {needed} et redémarrez-le.</translation>
    </message>
    <message>
        <source>Raw</source>
        <translation>Brut</translation>
    </message>
    <message>
        <source>Reachable from: {scope}</source>
        <translation>Accessible depuis : {scope}</translation>
    </message>
    <message>
        <source>Reached from this computer. Now try it from another one.</source>
        <translation>Atteint depuis cet ordinateur. Essayez depuis un autre.</translation>
    </message>
    <message>
        <source>Reached from {address} in {time} ms</source>
        <translation>Atteint depuis {address} en {time} ms</translation>
    </message>
    <message>
        <source>Read line {done} of {all}</source>
        <translation>Ligne {done} sur {all} lue</translation>
    </message>
    <message>
        <source>Reads too slowly ({code}).</source>
        <translation>Lit trop lentement ({code}).</translation>
    </message>
    <message>
        <source>Real accounts with real connections, in a process of their own. Their names begin with bot-, and they are removed at the end.</source>
        <translation>De vrais comptes avec de vraies connexions, dans un processus à part. Leurs noms commencent par bot-, et ils sont retirés à la fin.</translation>
    </message>
    <message>
        <source>Reason</source>
        <translation>Raison</translation>
    </message>
    <message>
        <source>Received</source>
        <translation>Reçus</translation>
    </message>
    <message>
        <source>Received; nothing was passed on.</source>
        <translation>Reçu ; rien n’a été transmis.</translation>
    </message>
    <message>
        <source>Recording {file}</source>
        <translation>Enregistrement {file}</translation>
    </message>
    <message>
        <source>Refused</source>
        <translation>Refusés</translation>
    </message>
    <message>
        <source>Registration</source>
        <translation>Inscription</translation>
    </message>
    <message>
        <source>Registration is closed: invitations do not work.</source>
        <translation>L’inscription est fermée : les invitations n’agissent pas.</translation>
    </message>
    <message>
        <source>Registration is open: nobody needs an invitation.</source>
        <translation>L’inscription est ouverte : nul besoin d’invitation.</translation>
    </message>
    <message>
        <source>Registration needs an invitation code.</source>
        <translation>L’inscription demande un code d’invitation.</translation>
    </message>
    <message>
        <source>Registration needs your approval: invitations are not asked for.</source>
        <translation>L’inscription demande votre accord : pas d’invitations.</translation>
    </message>
    <message>
        <source>Registrations</source>
        <translation>Inscriptions</translation>
    </message>
    <message>
        <source>Registrations in 15 minutes from one address; 0 switches the limit off.</source>
        <translation>Inscriptions en 15 minutes depuis une adresse ; 0 supprime la limite.</translation>
    </message>
    <message>
        <source>Remember this message</source>
        <translation>Retenir ce message</translation>
    </message>
    <message>
        <source>Remove it after the event.</source>
        <translation>Supprimez-le après l’événement.</translation>
    </message>
    <message>
        <source>Remove it, or write {settings_version}.</source>
        <translation>Supprimez-le, ou écrivez {settings_version}.</translation>
    </message>
    <message>
        <source>Remove it.</source>
        <translation>Supprimez-le.</translation>
    </message>
    <message>
        <source>Repair it, or move it away to start without bans.</source>
        <translation>Réparez-le, ou déplacez-le pour démarrer sans bannissements.</translation>
    </message>
    <message>
        <source>Replace</source>
        <translation>Remplacer</translation>
    </message>
    <message>
        <source>Replace it.</source>
        <translation>Remplacez-le.</translation>
    </message>
    <message>
        <source>Replace the signing secret</source>
        <translation>Remplacer le secret de signature</translation>
    </message>
    <message>
        <source>Replace…</source>
        <translation>Remplacer…</translation>
    </message>
    <message>
        <source>Request</source>
        <translation>Requête</translation>
    </message>
    <message>
        <source>Require approval</source>
        <translation>Exiger l’accord</translation>
    </message>
    <message>
        <source>Require invitations</source>
        <translation>Exiger des invitations</translation>
    </message>
    <message>
        <source>Resend</source>
        <translation>Renvoyer</translation>
    </message>
    <message>
        <source>Resend…</source>
        <translation>Renvoyer…</translation>
    </message>
    <message>
        <source>Reset password</source>
        <translation>Réinitialiser le mot de passe</translation>
    </message>
    <message>
        <source>Reset password of {name}</source>
        <translation>Réinitialiser le mot de passe de {name}</translation>
    </message>
    <message>
        <source>Reset passwords</source>
        <translation>Réinitialiser les mots de passe</translation>
    </message>
    <message>
        <source>Reset passwords of {accounts}</source>
        <translation>Réinitialiser les mots de passe de {accounts}</translation>
    </message>
    <message>
        <source>Response</source>
        <translation>Réponse</translation>
    </message>
    <message>
        <source>Restore it from a backup, or move it away to start with no accounts.</source>
        <translation>Restaurez-le depuis une sauvegarde, ou déplacez-le pour démarrer sans comptes.</translation>
    </message>
    <message>
        <source>Restore it from a backup, or move it away: then a new secret is made and everyone logs in again.</source>
        <translation>Restaurez-le depuis une sauvegarde, ou déplacez-le : un nouveau secret est alors créé et tous se reconnectent.</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Reprendre</translation>
    </message>
    <message>
        <source>Revert</source>
        <translation>Rétablir</translation>
    </message>
    <message>
        <source>Revoke</source>
        <translation>Révoquer</translation>
    </message>
    <message>
        <source>Revoke all</source>
        <translation>Tout révoquer</translation>
    </message>
    <message>
        <source>Revoke all sessions of {whom}?</source>
        <translation>Révoquer toutes les sessions de {whom} ?</translation>
    </message>
    <message>
        <source>Revoke all…</source>
        <translation>Tout révoquer…</translation>
    </message>
    <message>
        <source>Revoke invitations?</source>
        <translation>Révoquer les invitations ?</translation>
    </message>
    <message>
        <source>Revoke some that are no longer needed.</source>
        <translation>Révoquez-en qui ne servent plus.</translation>
    </message>
    <message>
        <source>Revokes {invitations}. Their links stop working at once.</source>
        <translation>Révoque {invitations}. Leurs liens cessent aussitôt d’agir.</translation>
    </message>
    <message>
        <source>Revokes {sessions} and ends {connections}.</source>
        <translation>Révoque {sessions} et termine {connections}.</translation>
    </message>
    <message>
        <source>Revoke…</source>
        <translation>Révoquer…</translation>
    </message>
    <message>
        <source>Role</source>
        <translation>Rôle</translation>
    </message>
    <message>
        <source>Roles are &apos;host&apos; and &apos;member&apos;.</source>
        <translation>Les rôles sont &apos;host&apos; et &apos;member&apos;.</translation>
    </message>
    <message>
        <source>Room</source>
        <translation>Salle</translation>
    </message>
    <message>
        <source>Round trip of the last WebSocket ping</source>
        <translation>Aller-retour du dernier ping WebSocket</translation>
    </message>
    <message>
        <source>Rows</source>
        <translation>Lignes</translation>
    </message>
    <message>
        <source>Rows after these</source>
        <translation>Lignes suivantes</translation>
    </message>
    <message>
        <source>Rows before these</source>
        <translation>Lignes précédentes</translation>
    </message>
    <message>
        <source>Rows kept</source>
        <translation>Lignes gardées</translation>
    </message>
    <message>
        <source>Rows of all nodes</source>
        <translation>Lignes de tous les nœuds</translation>
    </message>
    <message>
        <source>Rows side by side</source>
        <translation>Lignes côte à côte</translation>
    </message>
    <message>
        <source>Rules of nftables can be read by root only; to see them:</source>
        <translation>Seul root peut lire les règles de nftables ; pour les voir :</translation>
    </message>
    <message>
        <source>Running</source>
        <translation>En marche</translation>
    </message>
    <message>
        <source>S&amp;ort by</source>
        <translation>Tri&amp;er par</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>Enregistrer</translation>
    </message>
    <message>
        <source>Save (Ctrl+S)</source>
        <translation>Enregistrer (Ctrl+S)</translation>
    </message>
    <message>
        <source>Save CSV…</source>
        <translation>Enregistrer en CSV…</translation>
    </message>
    <message>
        <source>Save and disconnect?</source>
        <translation>Enregistrer et déconnecter ?</translation>
    </message>
    <message>
        <source>Save as PDF…</source>
        <translation>Enregistrer en PDF…</translation>
    </message>
    <message>
        <source>Save it as &apos;CSV UTF-8&apos; and try again.</source>
        <translation>Enregistrez-la en &apos;CSV UTF-8&apos; et réessayez.</translation>
    </message>
    <message>
        <source>Save it as Client.cs and add it to an object of the scene.</source>
        <translation>Enregistrez-le comme Client.cs et ajoutez-le à un objet de la scène.</translation>
    </message>
    <message>
        <source>Save it as Client.java.</source>
        <translation>Enregistrez-le comme Client.java.</translation>
    </message>
    <message>
        <source>Save it as UTF-8.</source>
        <translation>Enregistrez-le en UTF-8.</translation>
    </message>
    <message>
        <source>Save it as client.mjs.</source>
        <translation>Enregistrez-le comme client.mjs.</translation>
    </message>
    <message>
        <source>Save login cards</source>
        <translation>Enregistrer les cartes</translation>
    </message>
    <message>
        <source>Save names and passwords</source>
        <translation>Enregistrer noms et mots de passe</translation>
    </message>
    <message>
        <source>Save this filter</source>
        <translation>Enregistrer ce filtre</translation>
    </message>
    <message>
        <source>Saved filters</source>
        <translation>Filtres enregistrés</translation>
    </message>
    <message>
        <source>Saved {file}. It holds passwords: delete it once the cards are printed.</source>
        <translation>{file} enregistré. Il contient des mots de passe : supprimez-le une fois les cartes imprimées.</translation>
    </message>
    <message>
        <source>Saved {file}. It holds passwords: delete it once they are handed on.</source>
        <translation>{file} enregistré. Il contient des mots de passe : supprimez-le une fois transmis.</translation>
    </message>
    <message>
        <source>Saved.</source>
        <translation>Enregistré.</translation>
    </message>
    <message>
        <source>Say this to everyone who is logged in</source>
        <translation>Le dire à toutes les personnes connectées</translation>
    </message>
    <message>
        <source>Scan the code with a phone in the same network. It proves more than any setting.</source>
        <translation>Scannez le code avec un téléphone du même réseau. Cela prouve plus que tout réglage.</translation>
    </message>
    <message>
        <source>Scan the code, or open</source>
        <translation>Scannez le code, ou ouvrez</translation>
    </message>
    <message>
        <source>Scan the code, or open this address in a browser.</source>
        <translation>Scannez le code, ou ouvrez cette adresse dans un navigateur.</translation>
    </message>
    <message>
        <source>Scope set by {source}</source>
        <translation>Portée fixée par {source}</translation>
    </message>
    <message>
        <source>Search  /</source>
        <translation>Rechercher  /</translation>
    </message>
    <message>
        <source>Search accounts</source>
        <translation>Rechercher des comptes</translation>
    </message>
    <message>
        <source>Search accounts  /</source>
        <translation>Rechercher des comptes  /</translation>
    </message>
    <message>
        <source>Search connected users</source>
        <translation>Rechercher des utilisateurs connectés</translation>
    </message>
    <message>
        <source>Search settings</source>
        <translation>Rechercher des réglages</translation>
    </message>
    <message>
        <source>Search the acts</source>
        <translation>Rechercher des actes</translation>
    </message>
    <message>
        <source>Search the log</source>
        <translation>Rechercher dans le journal</translation>
    </message>
    <message>
        <source>Search users</source>
        <translation>Rechercher des utilisateurs</translation>
    </message>
    <message>
        <source>Security</source>
        <translation>Sécurité</translation>
    </message>
    <message>
        <source>Seed of chance</source>
        <translation>Graine du hasard</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>Envoyer</translation>
    </message>
    <message>
        <source>Send (Ctrl+Return)</source>
        <translation>Envoyer (Ctrl+Return)</translation>
    </message>
    <message>
        <source>Send as server</source>
        <translation>Envoyer en tant que serveur</translation>
    </message>
    <message>
        <source>Send as server… (to whom is chosen below, or to everyone)</source>
        <translation>Envoyer en tant que serveur… (aux choisis ci-dessous, ou à tous)</translation>
    </message>
    <message>
        <source>Send buffer</source>
        <translation>Tampon d’envoi</translation>
    </message>
    <message>
        <source>Send it again when the recipient is there.</source>
        <translation>Renvoyez-le quand le destinataire est là.</translation>
    </message>
    <message>
        <source>Send it as UTF-8.</source>
        <translation>Envoyez-le en UTF-8.</translation>
    </message>
    <message>
        <source>Send message…</source>
        <translation>Envoyer un message…</translation>
    </message>
    <message>
        <source>Send this frame again…</source>
        <translation>Renvoyer cette trame…</translation>
    </message>
    <message>
        <source>Sent</source>
        <translation>Envoyés</translation>
    </message>
    <message>
        <source>Sent to {connections}</source>
        <translation>Envoyé à {connections}</translation>
    </message>
    <message>
        <source>Sent to {connections}.</source>
        <translation>Envoyé à {connections}.</translation>
    </message>
    <message>
        <source>Separated by commas · default none</source>
        <translation>Séparés par des virgules · par défaut aucun</translation>
    </message>
    <message>
        <source>Server is stopping ({code}).</source>
        <translation>Le serveur s’arrête ({code}).</translation>
    </message>
    <message>
        <source>Server listens anew.</source>
        <translation>Le serveur écoute à nouveau.</translation>
    </message>
    <message>
        <source>Server {state}.</source>
        <translation>Serveur : {state}.</translation>
    </message>
    <message>
        <source>Server: {state}</source>
        <translation>Serveur : {state}</translation>
    </message>
    <message>
        <source>Sessions</source>
        <translation>Sessions</translation>
    </message>
    <message>
        <source>Sessions of the account</source>
        <translation>Sessions du compte</translation>
    </message>
    <message>
        <source>Set HOME, or name a folder: --data-dir FOLDER.</source>
        <translation>Définissez HOME, ou indiquez un dossier : --data-dir FOLDER.</translation>
    </message>
    <message>
        <source>Set a longer one.</source>
        <translation>Définissez-en un plus long.</translation>
    </message>
    <message>
        <source>Set by JWT_SECRET (environment)</source>
        <translation>Fixé par JWT_SECRET (environnement)</translation>
    </message>
    <message>
        <source>Set by {source}</source>
        <translation>Fixé par {source}</translation>
    </message>
    <message>
        <source>Set it to a long random text.</source>
        <translation>Donnez-lui un long texte aléatoire.</translation>
    </message>
    <message>
        <source>Sets what is kept, what newcomers see and whether guests may come in, all with one choice.</source>
        <translation>Fixe d’un choix ce qui est conservé, ce que voient les nouveaux et si les invités entrent.</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Réglages</translation>
    </message>
    <message>
        <source>Settings changed.</source>
        <translation>Réglages modifiés.</translation>
    </message>
    <message>
        <source>Settings of all nodes: revision {number}</source>
        <translation>Réglages de tous les nœuds : révision {number}</translation>
    </message>
    <message>
        <source>Sheet {sheet} of {all}</source>
        <translation>Feuille {sheet} sur {all}</translation>
    </message>
    <message>
        <source>Sheet {sheet} of {all} is done.</source>
        <translation>La feuille {sheet} sur {all} est prête.</translation>
    </message>
    <message>
        <source>Shortest password</source>
        <translation>Mot de passe le plus court</translation>
    </message>
    <message>
        <source>Should it connect again?</source>
        <translation>Doit-il se reconnecter ?</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>Afficher</translation>
    </message>
    <message>
        <source>Show &amp;QR code and addresses</source>
        <translation>Afficher le code &amp;QR et les adresses</translation>
    </message>
    <message>
        <source>Show all</source>
        <translation>Tout afficher</translation>
    </message>
    <message>
        <source>Show in the traffic</source>
        <translation>Afficher dans le trafic</translation>
    </message>
    <message>
        <source>Show it on the whole screen</source>
        <translation>L’afficher en plein écran</translation>
    </message>
    <message>
        <source>Show its code</source>
        <translation>Afficher son code</translation>
    </message>
    <message>
        <source>Show older</source>
        <translation>Afficher les plus anciens</translation>
    </message>
    <message>
        <source>Show only connection #{number}</source>
        <translation>Seulement la connexion #{number}</translation>
    </message>
    <message>
        <source>Show only lines with problems</source>
        <translation>Seulement les lignes à problème</translation>
    </message>
    <message>
        <source>Show only type {type}</source>
        <translation>Seulement le type {type}</translation>
    </message>
    <message>
        <source>Show only user {name}</source>
        <translation>Seulement l’utilisateur {name}</translation>
    </message>
    <message>
        <source>Show or hide the connected users (Ctrl+B)</source>
        <translation>Afficher ou masquer les utilisateurs connectés (Ctrl+B)</translation>
    </message>
    <message>
        <source>Show or leave out these rows; the count is of all that came since the last Clear</source>
        <translation>Afficher ou omettre ces lignes ; le compte vaut depuis le dernier vidage</translation>
    </message>
    <message>
        <source>Show password</source>
        <translation>Afficher le mot de passe</translation>
    </message>
    <message>
        <source>Show the QR code and all addresses</source>
        <translation>Afficher le code QR et toutes les adresses</translation>
    </message>
    <message>
        <source>Show the code</source>
        <translation>Afficher le code</translation>
    </message>
    <message>
        <source>Show the code large</source>
        <translation>Afficher le code en grand</translation>
    </message>
    <message>
        <source>Show the code of the address on the whole screen</source>
        <translation>Afficher le code de l’adresse en plein écran</translation>
    </message>
    <message>
        <source>Show the secret</source>
        <translation>Afficher le secret</translation>
    </message>
    <message>
        <source>Show traffic</source>
        <translation>Afficher le trafic</translation>
    </message>
    <message>
        <source>Show what the server answered as rows of their own (E); each request tells its outcome</source>
        <translation>Afficher les réponses du serveur en lignes propres (E) ; chaque requête dit son résultat</translation>
    </message>
    <message>
        <source>Signed by none of the keys of your backend.</source>
        <translation>Signé par aucune des clés de votre backend.</translation>
    </message>
    <message>
        <source>Signed with HS256.</source>
        <translation>Signé avec HS256.</translation>
    </message>
    <message>
        <source>Signed with a secret this server does not accept.</source>
        <translation>Signé avec un secret que ce serveur n’accepte pas.</translation>
    </message>
    <message>
        <source>Signed with {algorithm} by a key of your backend.</source>
        <translation>Signé avec {algorithm} par une clé de votre backend.</translation>
    </message>
    <message>
        <source>Signed with {current} ({id}).</source>
        <translation>Signé avec {current} ({id}).</translation>
    </message>
    <message>
        <source>Signing secret</source>
        <translation>Secret de signature</translation>
    </message>
    <message>
        <source>Signing secret was changed ({code}).</source>
        <translation>Le secret de signature a changé ({code}).</translation>
    </message>
    <message>
        <source>Signs every login. Whoever knows it can log in as anybody.</source>
        <translation>Signe chaque connexion. Qui le connaît peut se connecter comme n’importe qui.</translation>
    </message>
    <message>
        <source>Since</source>
        <translation>Depuis</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Taille</translation>
    </message>
    <message>
        <source>Snippets</source>
        <translation>Extraits</translation>
    </message>
    <message>
        <source>Some of it is as you set it.</source>
        <translation>Une partie est comme vous l’avez fixée.</translation>
    </message>
    <message>
        <source>Somebody connected to your server.</source>
        <translation>Quelqu’un s’est connecté à votre serveur.</translation>
    </message>
    <message>
        <source>Somebody else changed it meanwhile: the program reads it again.</source>
        <translation>Quelqu’un d’autre l’a modifié entre-temps : le programme le relit.</translation>
    </message>
    <message>
        <source>Somebody new</source>
        <translation>Quelqu’un de nouveau</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>Démarrer</translation>
    </message>
    <message>
        <source>Start the server</source>
        <translation>Démarrer le serveur</translation>
    </message>
    <message>
        <source>Start the server and copy its address</source>
        <translation>Démarrer le serveur et copier son adresse</translation>
    </message>
    <message>
        <source>Start the server first</source>
        <translation>Démarrez d’abord le serveur</translation>
    </message>
    <message>
        <source>Start the server: logins, connections and messages show up here.</source>
        <translation>Démarrez le serveur : connexions et messages apparaissent ici.</translation>
    </message>
    <message>
        <source>Start when I log in</source>
        <translation>Démarrer à l’ouverture de session</translation>
    </message>
    <message>
        <source>Start with this computer</source>
        <translation>Démarrer avec cet ordinateur</translation>
    </message>
    <message>
        <source>Starting</source>
        <translation>Démarre</translation>
    </message>
    <message>
        <source>State</source>
        <translation>État</translation>
    </message>
    <message>
        <source>Status</source>
        <translation>Statut</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Arrêter</translation>
    </message>
    <message>
        <source>Stop and start the server to make one that does.</source>
        <translation>Arrêtez puis démarrez le serveur pour en créer un qui les contient.</translation>
    </message>
    <message>
        <source>Stop the server</source>
        <translation>Arrêter le serveur</translation>
    </message>
    <message>
        <source>Stop the server?</source>
        <translation>Arrêter le serveur ?</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>Arrêté</translation>
    </message>
    <message>
        <source>Stopped; the virtual users are removed.</source>
        <translation>Arrêté ; les utilisateurs virtuels sont retirés.</translation>
    </message>
    <message>
        <source>Stopping</source>
        <translation>S’arrête</translation>
    </message>
    <message>
        <source>Strip of time</source>
        <translation>Bande de temps</translation>
    </message>
    <message>
        <source>Strong</source>
        <translation>Fort</translation>
    </message>
    <message>
        <source>Switch on</source>
        <translation>Activer</translation>
    </message>
    <message>
        <source>TCP port for HTTP and WebSocket. 0 takes any free one.</source>
        <translation>Port TCP pour HTTP et WebSocket. 0 en prend un libre.</translation>
    </message>
    <message>
        <source>Take clients again</source>
        <translation>Accepter à nouveau des clients</translation>
    </message>
    <message>
        <source>Take down</source>
        <translation>Retirer</translation>
    </message>
    <message>
        <source>Take the mark away</source>
        <translation>Retirer la marque</translation>
    </message>
    <message>
        <source>Takes effect at once · default off</source>
        <translation>Agit aussitôt · par défaut non</translation>
    </message>
    <message>
        <source>Takes effect at once.</source>
        <translation>Prend effet aussitôt.</translation>
    </message>
    <message>
        <source>Takes effect at once. Nobody is disconnected.</source>
        <translation>Agit aussitôt. Personne n’est déconnecté.</translation>
    </message>
    <message>
        <source>Tell of newcomers</source>
        <translation>Signaler les nouveaux</translation>
    </message>
    <message>
        <source>Tell of refused logins</source>
        <translation>Signaler les connexions refusées</translation>
    </message>
    <message>
        <source>Tell of the first client</source>
        <translation>Signaler le premier client</translation>
    </message>
    <message>
        <source>Templates</source>
        <translation>Modèles</translation>
    </message>
    <message>
        <source>Terms side by side must all hold: leave out “&amp;&amp;”.</source>
        <translation>Les termes côte à côte doivent tous être vrais : retirez « &amp;&amp; ».</translation>
    </message>
    <message>
        <source>Terms side by side must all hold: leave out “&amp;”.</source>
        <translation>Les termes côte à côte doivent tous être vrais : retirez « &amp; ».</translation>
    </message>
    <message>
        <source>Terms side by side must all hold: leave out “and”, or quote it to search for the word.</source>
        <translation>Les termes côte à côte doivent tous être vrais : retirez « and », ou mettez-le entre guillemets pour chercher le mot.</translation>
    </message>
    <message>
        <source>Test user {name}</source>
        <translation>Utilisateur de test {name}</translation>
    </message>
    <message>
        <source>That did not work because of a mistake in this program. The log has the details.</source>
        <translation>Cela a échoué à cause d’une erreur de ce programme. Le journal en dit plus.</translation>
    </message>
    <message>
        <source>The JSON {what}.</source>
        <translation>Le JSON {what}.</translation>
    </message>
    <message>
        <source>The Live page tells more.</source>
        <translation>La page Direct en dit plus.</translation>
    </message>
    <message>
        <source>The account &apos;{name}&apos; was changed meanwhile (by: unknown).</source>
        <translation>Le compte &apos;{name}&apos; a été modifié entre-temps (par : inconnu).</translation>
    </message>
    <message>
        <source>The account &apos;{name}&apos; was changed meanwhile (by: {by}).</source>
        <translation>Le compte &apos;{name}&apos; a été modifié entre-temps (par : {by}).</translation>
    </message>
    <message>
        <source>The account &apos;{username}&apos; is disabled.</source>
        <translation>Le compte &apos;{username}&apos; est désactivé.</translation>
    </message>
    <message>
        <source>The account &apos;{username}&apos;.</source>
        <translation>Le compte &apos;{username}&apos;.</translation>
    </message>
    <message>
        <source>The account does not exist or was deleted.</source>
        <translation>Le compte n’existe pas ou a été supprimé.</translation>
    </message>
    <message>
        <source>The account of this token is disabled.</source>
        <translation>Le compte de ce jeton est désactivé.</translation>
    </message>
    <message>
        <source>The account of this token no longer exists.</source>
        <translation>Le compte de ce jeton n’existe plus.</translation>
    </message>
    <message>
        <source>The account was deleted: make it anew, or let the client log in as somebody else.</source>
        <translation>Le compte a été supprimé : recréez-le, ou faites connecter le client sous un autre nom.</translation>
    </message>
    <message>
        <source>The accounts database is closed.</source>
        <translation>La base de données des comptes est fermée.</translation>
    </message>
    <message>
        <source>The ban would be over already.</source>
        <translation>Le bannissement serait déjà terminé.</translation>
    </message>
    <message>
        <source>The bans cannot be saved to {file} ({strerror}).</source>
        <translation>Les bannissements ne peuvent pas être enregistrés dans {file} ({strerror}).</translation>
    </message>
    <message>
        <source>The bans in {file} are gone.</source>
        <translation>Les bannissements de {file} ont disparu.</translation>
    </message>
    <message>
        <source>The bans in {file} cannot be read ({strerror}).</source>
        <translation>Les bannissements de {file} ne peuvent pas être lus ({strerror}).</translation>
    </message>
    <message>
        <source>The bans in {file} cannot be understood: the file is damaged or of a newer version of this program.</source>
        <translation>Les bannissements de {file} sont incompréhensibles : le fichier est endommagé ou vient d’une version plus récente de ce programme.</translation>
    </message>
    <message>
        <source>The bar above offers what can be done, such as another port.</source>
        <translation>La barre ci-dessus propose ce qui peut être fait, comme un autre port.</translation>
    </message>
    <message>
        <source>The certificate cannot be kept in {folder} ({strerror}).</source>
        <translation>Le certificat ne peut pas être conservé dans {folder} ({strerror}).</translation>
    </message>
    <message>
        <source>The certificate does not hold {names}.</source>
        <translation>Le certificat ne contient pas {names}.</translation>
    </message>
    <message>
        <source>The certificate does not hold {names}: its authority was made for other addresses.</source>
        <translation>Le certificat ne contient pas {names} : son autorité a été créée pour d’autres adresses.</translation>
    </message>
    <message>
        <source>The certificate expired on {not_after}: browsers refuse it.</source>
        <translation>Le certificat a expiré le {not_after} : les navigateurs le refusent.</translation>
    </message>
    <message>
        <source>The certificate {file} expired on {not_valid_after_utc}.</source>
        <translation>Le certificat {file} a expiré le {not_valid_after_utc}.</translation>
    </message>
    <message>
        <source>The certificate {file} is not valid before {begin}.</source>
        <translation>Le certificat {file} n’est pas valable avant le {begin}.</translation>
    </message>
    <message>
        <source>The chosen account</source>
        <translation>Le compte choisi</translation>
    </message>
    <message>
        <source>The chosen line</source>
        <translation>La ligne choisie</translation>
    </message>
    <message>
        <source>The chosen value</source>
        <translation>La valeur choisie</translation>
    </message>
    <message>
        <source>The client can wait as long as the error says.</source>
        <translation>Le client peut attendre le temps que l’erreur indique.</translation>
    </message>
    <message>
        <source>The client has a token of another server: let it log in here.</source>
        <translation>Le client a un jeton d’un autre serveur : faites-le se connecter ici.</translation>
    </message>
    <message>
        <source>The client sends something else than the token that the login returned.</source>
        <translation>Le client envoie autre chose que le jeton rendu par la connexion.</translation>
    </message>
    <message>
        <source>The clocks of the two computers differ: set them by the network.</source>
        <translation>Les horloges des deux ordinateurs diffèrent : réglez-les par le réseau.</translation>
    </message>
    <message>
        <source>The closing quote is missing.</source>
        <translation>Le guillemet fermant manque.</translation>
    </message>
    <message>
        <source>The code has ended. Press it for a new one.</source>
        <translation>Le code a expiré. Appuyez dessus pour un nouveau.</translation>
    </message>
    <message>
        <source>The connection ended without a goodbye.</source>
        <translation>La connexion a fini sans adieu.</translation>
    </message>
    <message>
        <source>The database address is not valid.</source>
        <translation>L’adresse de la base de données n’est pas valable.</translation>
    </message>
    <message>
        <source>The disk is full: make room, then try again.</source>
        <translation>Le disque est plein : libérez de l’espace, puis réessayez.</translation>
    </message>
    <message>
        <source>The driver for &apos;{drivername}&apos; is not installed ({error}).</source>
        <translation>Le pilote de &apos;{drivername}&apos; n’est pas installé ({error}).</translation>
    </message>
    <message>
        <source>The expiry must be in the future.</source>
        <translation>L’expiration doit être dans le futur.</translation>
    </message>
    <message>
        <source>The export was called off; no file was written.</source>
        <translation>L’exportation a été annulée ; aucun fichier n’a été écrit.</translation>
    </message>
    <message>
        <source>The file {file} cannot be read ({error}).</source>
        <translation>Le fichier {file} ne peut pas être lu ({error}).</translation>
    </message>
    <message>
        <source>The file {file} cannot be read ({strerror}).</source>
        <translation>Le fichier {file} ne peut pas être lu ({strerror}).</translation>
    </message>
    <message>
        <source>The file {file} cannot be used ({error}).</source>
        <translation>Le fichier {file} ne peut pas être utilisé ({error}).</translation>
    </message>
    <message>
        <source>The file {file} cannot be used ({strerror}).</source>
        <translation>Le fichier {file} ne peut pas être utilisé ({strerror}).</translation>
    </message>
    <message>
        <source>The file {file} cannot grow: the disk is full.</source>
        <translation>Le fichier {file} ne peut pas grandir : le disque est plein.</translation>
    </message>
    <message>
        <source>The file {file} is damaged or is no history.</source>
        <translation>Le fichier {file} est endommagé ou n’est pas un historique.</translation>
    </message>
    <message>
        <source>The file {file} is locked by another program.</source>
        <translation>Le fichier {file} est verrouillé par un autre programme.</translation>
    </message>
    <message>
        <source>The file {file} is not a certificate in PEM format.</source>
        <translation>Le fichier {file} n’est pas un certificat au format PEM.</translation>
    </message>
    <message>
        <source>The file {file} is not a key in PEM format.</source>
        <translation>Le fichier {file} n’est pas une clé au format PEM.</translation>
    </message>
    <message>
        <source>The file {file} is read-only.</source>
        <translation>Le fichier {file} est en lecture seule.</translation>
    </message>
    <message>
        <source>The file {file} was deleted or moved away.</source>
        <translation>Le fichier {file} a été supprimé ou déplacé.</translation>
    </message>
    <message>
        <source>The file {file} was replaced by another program.</source>
        <translation>Le fichier {file} a été remplacé par un autre programme.</translation>
    </message>
    <message>
        <source>The file {file} was written by a newer version of this program.</source>
        <translation>Le fichier {file} a été écrit par une version plus récente de ce programme.</translation>
    </message>
    <message>
        <source>The file {key_file} is not a key in PEM format.</source>
        <translation>Le fichier {key_file} n’est pas une clé au format PEM.</translation>
    </message>
    <message>
        <source>The firewall ufw blocks port {port}: no rule allows it.</source>
        <translation>Le pare-feu ufw bloque le port {port} : aucune règle ne l’autorise.</translation>
    </message>
    <message>
        <source>The firewall ufw is on; only root may read its rules.</source>
        <translation>Le pare-feu ufw est actif ; seul root peut lire ses règles.</translation>
    </message>
    <message>
        <source>The firewall ufw lets everything through.</source>
        <translation>Le pare-feu ufw laisse tout passer.</translation>
    </message>
    <message>
        <source>The firewall ufw lets port {port} through.</source>
        <translation>Le pare-feu ufw laisse passer le port {port}.</translation>
    </message>
    <message>
        <source>The hash has the cost {value}; it may be from {min_foreign_cost} to {max_foreign_cost}.</source>
        <translation>Le hachage a le coût {value} ; il peut aller de {min_foreign_cost} à {max_foreign_cost}.</translation>
    </message>
    <message>
        <source>The hash is not bcrypt&apos;s ($2a$, $2b$ or $2y$).</source>
        <translation>Le hachage n’est pas de bcrypt ($2a$, $2b$ ou $2y$).</translation>
    </message>
    <message>
        <source>The header Allow of the answer has the methods.</source>
        <translation>L’en-tête Allow de la réponse donne les méthodes.</translation>
    </message>
    <message>
        <source>The header has no algorithm, or the claims are no object.</source>
        <translation>L’en-tête n’a pas d’algorithme, ou les données (claims) ne sont pas un objet.</translation>
    </message>
    <message>
        <source>The history is off. Give it a size in the settings, group Traffic: History file.</source>
        <translation>L’historique est désactivé. Donnez-lui une taille dans les réglages, groupe Trafic : Fichier d’historique.</translation>
    </message>
    <message>
        <source>The history stopped; the server goes on. {reason}</source>
        <translation>L’historique s’est arrêté ; le serveur continue. {reason}</translation>
    </message>
    <message>
        <source>The host can allow this origin.</source>
        <translation>L’hôte peut autoriser cette origine.</translation>
    </message>
    <message>
        <source>The host comes from {host}, the port from {port}.</source>
        <translation>L’hôte vient de {host}, le port de {port}.</translation>
    </message>
    <message>
        <source>The host has banned this account.</source>
        <translation>L’hôte a banni ce compte.</translation>
    </message>
    <message>
        <source>The kept messages are closed.</source>
        <translation>Les messages conservés sont fermés.</translation>
    </message>
    <message>
        <source>The kept messages cannot be used because of a mistake in the program.</source>
        <translation>Les messages conservés sont inutilisables à cause d’une erreur du programme.</translation>
    </message>
    <message>
        <source>The key {key_file} does not belong to {certificate_file}.</source>
        <translation>La clé {key_file} ne correspond pas à {certificate_file}.</translation>
    </message>
    <message>
        <source>The key {key_file} has a password.</source>
        <translation>La clé {key_file} a un mot de passe.</translation>
    </message>
    <message>
        <source>The keys of your backend&apos;s tokens cannot be had: {what}.</source>
        <translation>Les clés des jetons de votre backend ne peuvent pas être obtenues : {what}.</translation>
    </message>
    <message>
        <source>The keys on the way to a value, as in the filter; a number is a place in a list.</source>
        <translation>Les clés menant à une valeur, comme dans le filtre ; un nombre est une place dans une liste.</translation>
    </message>
    <message>
        <source>The life of a token must be from 1 to {max_token_life_s} s.</source>
        <translation>La durée de vie d’un jeton doit être de 1 à {max_token_life_s} s.</translation>
    </message>
    <message>
        <source>The list begins like JSON and is none.</source>
        <translation>La liste commence comme du JSON et n’en est pas.</translation>
    </message>
    <message>
        <source>The list has more than {max_lines} names.</source>
        <translation>La liste a plus de {max_lines} noms.</translation>
    </message>
    <message>
        <source>The list has no names.</source>
        <translation>La liste n’a pas de noms.</translation>
    </message>
    <message>
        <source>The list is JSON, but no list of objects with a name each.</source>
        <translation>La liste est du JSON, mais pas une liste d’objets ayant chacun un nom.</translation>
    </message>
    <message>
        <source>The list is not text in UTF-8.</source>
        <translation>La liste n’est pas du texte en UTF-8.</translation>
    </message>
    <message>
        <source>The list is over 64 MiB.</source>
        <translation>La liste dépasse 64 Mio.</translation>
    </message>
    <message>
        <source>The macOS firewall blocks all incoming connections.</source>
        <translation>Le pare-feu de macOS bloque toutes les connexions entrantes.</translation>
    </message>
    <message>
        <source>The macOS firewall blocks this program.</source>
        <translation>Le pare-feu de macOS bloque ce programme.</translation>
    </message>
    <message>
        <source>The macOS firewall could not be read.</source>
        <translation>Le pare-feu de macOS n’a pas pu être lu.</translation>
    </message>
    <message>
        <source>The macOS firewall is off: it lets everything in.</source>
        <translation>Le pare-feu de macOS est désactivé : il laisse tout entrer.</translation>
    </message>
    <message>
        <source>The macOS firewall is on and asks for new programs: choose Allow, or {macos_clicks}.</source>
        <translation>Le pare-feu de macOS est actif et demande pour les nouveaux programmes : choisissez Autoriser, ou {macos_clicks}.</translation>
    </message>
    <message>
        <source>The macOS firewall lets this program in.</source>
        <translation>Le pare-feu de macOS admet ce programme.</translation>
    </message>
    <message>
        <source>The message could not be kept, so nobody got it.</source>
        <translation>Le message n’a pas pu être conservé, personne ne l’a donc reçu.</translation>
    </message>
    <message>
        <source>The messages cannot be read just now.</source>
        <translation>Les messages ne peuvent pas être lus en ce moment.</translation>
    </message>
    <message>
        <source>The messages kept for people who were away; not the traffic and its history</source>
        <translation>Les messages conservés pour les absents ; pas le trafic ni son historique</translation>
    </message>
    <message>
        <source>The name stands in line {first} already.</source>
        <translation>Le nom figure déjà à la ligne {first}.</translation>
    </message>
    <message>
        <source>The nearest counts: of a connection, else of its user, else of everyone.</source>
        <translation>Le plus proche compte : d’une connexion, sinon de son utilisateur, sinon de tous.</translation>
    </message>
    <message>
        <source>The new name is the one to log in with.</source>
        <translation>Le nouveau nom est celui de la connexion.</translation>
    </message>
    <message>
        <source>The new password</source>
        <translation>Le nouveau mot de passe</translation>
    </message>
    <message>
        <source>The new passwords appear here.</source>
        <translation>Les nouveaux mots de passe apparaissent ici.</translation>
    </message>
    <message>
        <source>The new secret</source>
        <translation>Le nouveau secret</translation>
    </message>
    <message>
        <source>The newest are stored, so that who was away gets what it missed; 0: none.</source>
        <translation>Les plus récents sont conservés pour que les absents les reçoivent ; 0 : aucun.</translation>
    </message>
    <message>
        <source>The newest rows are kept, older ones are dropped.</source>
        <translation>Les lignes récentes sont gardées, les anciennes supprimées.</translation>
    </message>
    <message>
        <source>The newest {count} messages are kept for {days} days, who comes late sees all of them, and guests come in by name alone.</source>
        <translation>Les {count} derniers messages sont conservés {days} jours, les retardataires les voient tous, et les invités entrent par leur nom seul.</translation>
    </message>
    <message>
        <source>The number of uses must be from 1 to {max_invite_uses}.</source>
        <translation>Le nombre d’utilisations doit être de 1 à {max_invite_uses}.</translation>
    </message>
    <message>
        <source>The one that Copy, links and the QR code give out, if it is there. Empty: the likeliest.</source>
        <translation>Celle que donnent Copier, les liens et le code QR, si elle existe. Vide : la plus probable.</translation>
    </message>
    <message>
        <source>The other node is away: the bar above says since when.</source>
        <translation>L’autre nœud est absent : la barre ci-dessus dit depuis quand.</translation>
    </message>
    <message>
        <source>The password</source>
        <translation>Le mot de passe</translation>
    </message>
    <message>
        <source>The password for {name} is wrong.</source>
        <translation>Le mot de passe de {name} est faux.</translation>
    </message>
    <message>
        <source>The password is one of the most common ones.</source>
        <translation>Le mot de passe est l’un des plus courants.</translation>
    </message>
    <message>
        <source>The password is the name.</source>
        <translation>Le mot de passe est le nom.</translation>
    </message>
    <message>
        <source>The password repeats a few characters.</source>
        <translation>Le mot de passe répète quelques caractères.</translation>
    </message>
    <message>
        <source>The payload was cut at {size}; this is its beginning.</source>
        <translation>Le contenu a été coupé à {size} ; en voici le début.</translation>
    </message>
    <message>
        <source>The program breaks the rules of WebSocket: let a library speak it.</source>
        <translation>Le programme enfreint les règles de WebSocket : confiez-le à une bibliothèque.</translation>
    </message>
    <message>
        <source>The program logs in, and sends the token in the header Authorization.</source>
        <translation>Le programme se connecte et envoie le jeton dans l’en-tête Authorization.</translation>
    </message>
    <message>
        <source>The program says Content-Type: application/json.</source>
        <translation>Le programme indique Content-Type: application/json.</translation>
    </message>
    <message>
        <source>The program sends another body: the answer names the field.</source>
        <translation>Le programme envoie un autre corps : la réponse nomme le champ.</translation>
    </message>
    <message>
        <source>The program sends before it has the “authentication” frame: wait for it, then send.</source>
        <translation>Le programme envoie avant d’avoir la trame « authentication » : attendez-la, puis envoyez.</translation>
    </message>
    <message>
        <source>The program sends text that is no UTF-8: let a library encode it.</source>
        <translation>Le programme envoie du texte qui n’est pas en UTF-8 : laissez une bibliothèque l’encoder.</translation>
    </message>
    <message>
        <source>The program tries again after Retry-After; the log says what is away.</source>
        <translation>Le programme réessaie après Retry-After ; le journal dit ce qui manque.</translation>
    </message>
    <message>
        <source>The recipient has to log in and fetch what waits.</source>
        <translation>Le destinataire doit se connecter et retirer ce qui attend.</translation>
    </message>
    <message>
        <source>The recipient is connected to another server, which cannot be reached now.</source>
        <translation>Le destinataire est connecté à un autre serveur, injoignable pour l’instant.</translation>
    </message>
    <message>
        <source>The regular expression is wrong ({reason}).</source>
        <translation>L’expression régulière est incorrecte ({reason}).</translation>
    </message>
    <message>
        <source>The regular expression is wrong: {reason}.</source>
        <translation>L’expression régulière est incorrecte : {reason}.</translation>
    </message>
    <message>
        <source>The request is deleted with its password. The name is free again.</source>
        <translation>La demande est supprimée avec son mot de passe. Le nom est à nouveau libre.</translation>
    </message>
    <message>
        <source>The role &apos;{value}&apos; is unknown.</source>
        <translation>Le rôle &apos;{value}&apos; est inconnu.</translation>
    </message>
    <message>
        <source>The role must be &apos;host&apos; or &apos;member&apos;.</source>
        <translation>Le rôle doit être &apos;host&apos; ou &apos;member&apos;.</translation>
    </message>
    <message>
        <source>The run before</source>
        <translation>L’exécution précédente</translation>
    </message>
    <message>
        <source>The search looks at name, role and status.</source>
        <translation>La recherche porte sur nom, rôle et statut.</translation>
    </message>
    <message>
        <source>The secret contains half a character (a lone surrogate).</source>
        <translation>Le secret contient un demi-caractère (un substitut isolé).</translation>
    </message>
    <message>
        <source>The secret is a key pair.</source>
        <translation>Le secret est une paire de clés.</translation>
    </message>
    <message>
        <source>The secret is set by JWT_SECRET.</source>
        <translation>Le secret est défini par JWT_SECRET.</translation>
    </message>
    <message>
        <source>The secret must have at least {min_secret_bytes} bytes.</source>
        <translation>Le secret doit avoir au moins {min_secret_bytes} octets.</translation>
    </message>
    <message>
        <source>The secret must have at most {value} bytes.</source>
        <translation>Le secret doit avoir au plus {value} octets.</translation>
    </message>
    <message>
        <source>The secret repeats a few characters.</source>
        <translation>Le secret répète quelques caractères.</translation>
    </message>
    <message>
        <source>The secret&apos;s file {file} is damaged.</source>
        <translation>Le fichier du secret {file} est endommagé.</translation>
    </message>
    <message>
        <source>The secret&apos;s file {file} is gone.</source>
        <translation>Le fichier du secret {file} a disparu.</translation>
    </message>
    <message>
        <source>The secret&apos;s file {file} was written by a newer version of this program.</source>
        <translation>Le fichier du secret {file} a été écrit par une version plus récente de ce programme.</translation>
    </message>
    <message>
        <source>The server has no room for more connections.</source>
        <translation>Le serveur n’a pas de place pour d’autres connexions.</translation>
    </message>
    <message>
        <source>The server is busy with other logins.</source>
        <translation>Le serveur est occupé par d’autres connexions de compte.</translation>
    </message>
    <message>
        <source>The server is not running</source>
        <translation>Le serveur n’est pas en marche</translation>
    </message>
    <message>
        <source>The server is not running.</source>
        <translation>Le serveur n’est pas en marche.</translation>
    </message>
    <message>
        <source>The server is not running. Press Start.</source>
        <translation>Le serveur n’est pas en marche. Appuyez sur Démarrer.</translation>
    </message>
    <message>
        <source>The server is stopped. Start it before you run a snippet.</source>
        <translation>Le serveur est arrêté. Démarrez-le avant d’exécuter un extrait.</translation>
    </message>
    <message>
        <source>The server listens anew, which disconnects {clients}. They can connect again at once.</source>
        <translation>Le serveur écoute à nouveau, ce qui déconnecte {clients}. Ils peuvent se reconnecter aussitôt.</translation>
    </message>
    <message>
        <source>The session is live.</source>
        <translation>La session est active.</translation>
    </message>
    <message>
        <source>The session was ended: revoked or logged out.</source>
        <translation>La session a pris fin : révoquée ou déconnectée.</translation>
    </message>
    <message>
        <source>The settings cannot be saved to {file} ({strerror}).</source>
        <translation>Les réglages ne peuvent pas être enregistrés dans {file} ({strerror}).</translation>
    </message>
    <message>
        <source>The settings cannot be saved.</source>
        <translation>Les réglages ne peuvent pas être enregistrés.</translation>
    </message>
    <message>
        <source>The settings file {file} cannot be read ({error}).</source>
        <translation>Le fichier de réglages {file} ne peut pas être lu ({error}).</translation>
    </message>
    <message>
        <source>The settings file {file} cannot be read ({strerror}).</source>
        <translation>Le fichier de réglages {file} ne peut pas être lu ({strerror}).</translation>
    </message>
    <message>
        <source>The settings file {file} has an unknown key &apos;{group}&apos;.</source>
        <translation>Le fichier de réglages {file} a une clé inconnue &apos;{group}&apos;.</translation>
    </message>
    <message>
        <source>The settings file {file} has an unknown key &apos;{group}.{name}&apos;.</source>
        <translation>Le fichier de réglages {file} a une clé inconnue &apos;{group}.{name}&apos;.</translation>
    </message>
    <message>
        <source>The settings file {file} is gone.</source>
        <translation>Le fichier de réglages {file} a disparu.</translation>
    </message>
    <message>
        <source>The settings file {file} is not valid TOML ({error}).</source>
        <translation>Le fichier de réglages {file} n’est pas du TOML valable ({error}).</translation>
    </message>
    <message>
        <source>The settings file {file} was changed by another program.</source>
        <translation>Le fichier de réglages {file} a été modifié par un autre programme.</translation>
    </message>
    <message>
        <source>The settings file {file} was written by a newer version of this program (format {version}, known is {settings_version}).</source>
        <translation>Le fichier de réglages {file} a été écrit par une version plus récente de ce programme (format {version}, connu : {settings_version}).</translation>
    </message>
    <message>
        <source>The settings stay as they are until this program ends.</source>
        <translation>Les réglages restent tels quels jusqu’à la fermeture de ce programme.</translation>
    </message>
    <message>
        <source>The system lets this program open {open_files} files, which is enough for {allowed} of {wanted} connections.</source>
        <translation>Le système laisse ce programme ouvrir {open_files} fichiers, ce qui suffit pour {allowed} connexions sur {wanted}.</translation>
    </message>
    <message>
        <source>The tabs below have what was asked and answered; docs/protocol.md lists every code.</source>
        <translation>Les onglets ci-dessous contiennent ce qui a été demandé et répondu ; docs/protocol.md liste tous les codes.</translation>
    </message>
    <message>
        <source>The test cannot be written ({why}).</source>
        <translation>Le test ne peut pas être écrit ({why}).</translation>
    </message>
    <message>
        <source>The time is no number.</source>
        <translation>L’heure n’est pas un nombre.</translation>
    </message>
    <message>
        <source>The time of expiry is missing or no number.</source>
        <translation>L’heure d’expiration manque ou n’est pas un nombre.</translation>
    </message>
    <message>
        <source>The token has expired.</source>
        <translation>Le jeton a expiré.</translation>
    </message>
    <message>
        <source>The token is meant for another service.</source>
        <translation>Le jeton est destiné à un autre service.</translation>
    </message>
    <message>
        <source>The token is not a valid JSON Web Token.</source>
        <translation>Le jeton n’est pas un JSON Web Token valable.</translation>
    </message>
    <message>
        <source>The token is not valid yet.</source>
        <translation>Le jeton n’est pas encore valable.</translation>
    </message>
    <message>
        <source>The token names no user.</source>
        <translation>Le jeton ne nomme aucun utilisateur.</translation>
    </message>
    <message>
        <source>The token or password in this frame was not kept</source>
        <translation>Le jeton ou le mot de passe de cette trame n’a pas été conservé</translation>
    </message>
    <message>
        <source>The token was issued by another server.</source>
        <translation>Le jeton a été émis par un autre serveur.</translation>
    </message>
    <message>
        <source>The token was not signed by this server.</source>
        <translation>Le jeton n’a pas été signé par ce serveur.</translation>
    </message>
    <message>
        <source>The token was revoked.</source>
        <translation>Le jeton a été révoqué.</translation>
    </message>
    <message>
        <source>The token&apos;s id is no text.</source>
        <translation>L’identifiant du jeton n’est pas du texte.</translation>
    </message>
    <message>
        <source>The traffic cannot be written to {file} ({strerror}).</source>
        <translation>Le trafic ne peut pas être écrit dans {file} ({strerror}).</translation>
    </message>
    <message>
        <source>The user id is missing or no text.</source>
        <translation>L’identifiant de l’utilisateur manque ou n’est pas du texte.</translation>
    </message>
    <message>
        <source>The username &apos;{name}&apos; is reserved for the server.</source>
        <translation>Le nom &apos;{name}&apos; est réservé au serveur.</translation>
    </message>
    <message>
        <source>The username &apos;{username}&apos; is taken.</source>
        <translation>Le nom &apos;{username}&apos; est pris.</translation>
    </message>
    <message>
        <source>The username has a blank at its start or end, or two beside each other.</source>
        <translation>Le nom a une espace au début ou à la fin, ou deux de suite.</translation>
    </message>
    <message>
        <source>The username has a combining mark that does not belong to a letter, or more than {max_marks_per_letter} on one letter.</source>
        <translation>Le nom a un signe combinant qui n’appartient pas à une lettre, ou plus de {max_marks_per_letter} sur une lettre.</translation>
    </message>
    <message>
        <source>The username has the invisible joiner U+{value} where it joins nothing.</source>
        <translation>Le nom a le liant invisible U+{value} là où il ne lie rien.</translation>
    </message>
    <message>
        <source>The username mixes digits of different scripts.</source>
        <translation>Le nom mêle des chiffres d’écritures différentes.</translation>
    </message>
    <message>
        <source>The username mixes letters of {listed}, which can look alike.</source>
        <translation>Le nom mêle des lettres de {listed}, qui peuvent se ressembler.</translation>
    </message>
    <message>
        <source>The username must consist of letters, digits, single blanks and . _ - @ + &apos; but has {character}.</source>
        <translation>Le nom doit se composer de lettres, de chiffres, d’espaces simples et de . _ - @ + &apos; mais contient {character}.</translation>
    </message>
    <message>
        <source>The username must have {username_min_letters} to {username_max_chars} characters.</source>
        <translation>Le nom doit avoir de {username_min_letters} à {username_max_chars} caractères.</translation>
    </message>
    <message>
        <source>The version in the settings file {file} is no number.</source>
        <translation>La version dans le fichier de réglages {file} n’est pas un nombre.</translation>
    </message>
    <message>
        <source>The window is built anew when it changes. The web client has its own, under Room.</source>
        <translation>La fenêtre est reconstruite quand elle change. Le client web a la sienne, sous Salle.</translation>
    </message>
    <message>
        <source>The window needs a screen.</source>
        <translation>La fenêtre a besoin d’un écran.</translation>
    </message>
    <message>
        <source>The window speaks the other language from the next start on: something is still open.</source>
        <translation>La fenêtre parlera l’autre langue au prochain lancement : quelque chose est encore ouvert.</translation>
    </message>
    <message>
        <source>Their process was ended from outside.</source>
        <translation>Leur processus a été terminé de l’extérieur.</translation>
    </message>
    <message>
        <source>Then connected</source>
        <translation>Connectés alors</translation>
    </message>
    <message>
        <source>There are no two runs to compare: rows of at least two starts are needed.</source>
        <translation>Il n’y a pas deux exécutions à comparer : il faut des lignes d’au moins deux démarrages.</translation>
    </message>
    <message>
        <source>There are too many connections from your address.</source>
        <translation>Il y a trop de connexions depuis votre adresse.</translation>
    </message>
    <message>
        <source>There are too many guests already.</source>
        <translation>Il y a déjà trop d’invités.</translation>
    </message>
    <message>
        <source>There are {max_invites} invitations already.</source>
        <translation>Il y a déjà {max_invites} invitations.</translation>
    </message>
    <message>
        <source>There is no account of this name.</source>
        <translation>Il n’y a pas de compte de ce nom.</translation>
    </message>
    <message>
        <source>There is no account “{name}”.</source>
        <translation>Il n’y a pas de compte « {name} ».</translation>
    </message>
    <message>
        <source>There is no field “{name}:”.</source>
        <translation>Il n’y a pas de champ « {name}: ».</translation>
    </message>
    <message>
        <source>There is no home folder to keep files in: HOME is not set, and the system knows none for this user.</source>
        <translation>Il n’y a pas de dossier personnel où garder des fichiers : HOME n’est pas défini, et le système n’en connaît pas pour cet utilisateur.</translation>
    </message>
    <message>
        <source>There is no screen: neither DISPLAY nor WAYLAND_DISPLAY is set.</source>
        <translation>Il n’y a pas d’écran : ni DISPLAY ni WAYLAND_DISPLAY ne sont définis.</translation>
    </message>
    <message>
        <source>There is no screen: nothing answers at {where}.</source>
        <translation>Il n’y a pas d’écran : rien ne répond sous {where}.</translation>
    </message>
    <message>
        <source>There is no user or connection “{name}”.</source>
        <translation>Il n’y a ni utilisateur ni connexion « {name} ».</translation>
    </message>
    <message>
        <source>There is nothing left to do here.</source>
        <translation>Il n’y a plus rien à faire ici.</translation>
    </message>
    <message>
        <source>These changes disconnect {clients}. They can connect again at the new address.</source>
        <translation>Ces modifications déconnectent {clients}. Ils peuvent se reconnecter à la nouvelle adresse.</translation>
    </message>
    <message>
        <source>These rows made room for newer ones.</source>
        <translation>Ces lignes ont fait place à de plus récentes.</translation>
    </message>
    <message>
        <source>They can connect again after a pause. Ban or disable the account to keep them out.</source>
        <translation>Ils peuvent se reconnecter après une pause. Bannissez ou désactivez le compte pour l’empêcher.</translation>
    </message>
    <message>
        <source>They can connect again at once; a ban keeps people out.</source>
        <translation>Ils peuvent se reconnecter aussitôt ; un bannissement les empêche d’entrer.</translation>
    </message>
    <message>
        <source>They can log in again with their password.</source>
        <translation>Ils peuvent se reconnecter avec leur mot de passe.</translation>
    </message>
    <message>
        <source>They choose another name, or log in with this one.</source>
        <translation>Il faut choisir un autre nom, ou se connecter avec celui-ci.</translation>
    </message>
    <message>
        <source>They may try again now.</source>
        <translation>Un nouvel essai est possible maintenant.</translation>
    </message>
    <message>
        <source>They stay in force until this program ends.</source>
        <translation>Ils restent en vigueur jusqu’à la fermeture de ce programme.</translation>
    </message>
    <message>
        <source>This account does not exist; it may have been deleted meanwhile.</source>
        <translation>Ce compte n’existe pas ; il a peut-être été supprimé entre-temps.</translation>
    </message>
    <message>
        <source>This account is disabled.</source>
        <translation>Ce compte est désactivé.</translation>
    </message>
    <message>
        <source>This account is gone by now.</source>
        <translation>Ce compte n’existe plus.</translation>
    </message>
    <message>
        <source>This account no longer exists.</source>
        <translation>Ce compte n’existe plus.</translation>
    </message>
    <message>
        <source>This account waits for the host&apos;s approval.</source>
        <translation>Ce compte attend l’accord de l’hôte.</translation>
    </message>
    <message>
        <source>This account was deleted meanwhile.</source>
        <translation>Ce compte a été supprimé entre-temps.</translation>
    </message>
    <message>
        <source>This address works on this computer only.</source>
        <translation>Cette adresse ne marche que sur cet ordinateur.</translation>
    </message>
    <message>
        <source>This cannot be undone. Afterwards anybody may take the name.</source>
        <translation>C’est irréversible. Ensuite, n’importe qui peut prendre le nom.</translation>
    </message>
    <message>
        <source>This character cannot be sent as UTF-8.</source>
        <translation>Ce caractère ne peut pas être envoyé en UTF-8.</translation>
    </message>
    <message>
        <source>This client sends more than {rate} messages a second; the frame was dropped.</source>
        <translation>Ce client envoie plus de {rate} messages par seconde ; la trame a été abandonnée.</translation>
    </message>
    <message>
        <source>This computer</source>
        <translation>Cet ordinateur</translation>
    </message>
    <message>
        <source>This computer  ·  only programs on it</source>
        <translation>Cet ordinateur  ·  seulement ses programmes</translation>
    </message>
    <message>
        <source>This computer itself cannot be banned</source>
        <translation>Cet ordinateur ne peut pas être banni</translation>
    </message>
    <message>
        <source>This connection is gone or not logged in, so nothing was sent.</source>
        <translation>Cette connexion n’existe plus ou n’est pas identifiée, rien n’a donc été envoyé.</translation>
    </message>
    <message>
        <source>This connection is gone, so nothing was sent in its name.</source>
        <translation>Cette connexion n’existe plus, rien n’a donc été envoyé en son nom.</translation>
    </message>
    <message>
        <source>This disconnects {clients} over {seconds} s; they come back to the other nodes. {node} gets no newcomers from the balancer until you let it.</source>
        <translation>Ceci déconnecte {clients} en {seconds} s ; ils reviennent sur les autres nœuds. Le répartiteur n’envoie plus de nouveaux venus à {node} jusqu’à votre accord.</translation>
    </message>
    <message>
        <source>This disconnects {clients}. They can connect again when it runs.</source>
        <translation>Cela déconnecte {clients}. Ils peuvent se reconnecter quand il sera en marche.</translation>
    </message>
    <message>
        <source>This invitation {why}.</source>
        <translation>Cette invitation {why}.</translation>
    </message>
    <message>
        <source>This is a mistake of the server: the log has more.</source>
        <translation>C’est une erreur du serveur : le journal en dit plus.</translation>
    </message>
    <message>
        <source>This is nested too deeply to be sent.</source>
        <translation>L’imbrication est trop profonde pour l’envoi.</translation>
    </message>
    <message>
        <source>This is {file}: {rows}, read-only.</source>
        <translation>Ceci est {file} : {rows}, lecture seule.</translation>
    </message>
    <message>
        <source>This message was not sent.</source>
        <translation>Ce message n’a pas été envoyé.</translation>
    </message>
    <message>
        <source>This row belongs to no connection</source>
        <translation>Cette ligne n’appartient à aucune connexion</translation>
    </message>
    <message>
        <source>This row is of a file</source>
        <translation>Cette ligne vient d’un fichier</translation>
    </message>
    <message>
        <source>This run</source>
        <translation>Cette exécution</translation>
    </message>
    <message>
        <source>This server accepts it; it expires {when}.</source>
        <translation>Ce serveur l’accepte ; il expire {when}.</translation>
    </message>
    <message>
        <source>This server does not know the token.</source>
        <translation>Ce serveur ne connaît pas le jeton.</translation>
    </message>
    <message>
        <source>This server is alone, and needs nothing else. Several that are one: see docs/cluster.md and the cluster&apos;s address on the Settings page.</source>
        <translation>Ce serveur est seul et n’a besoin de rien d’autre. Plusieurs qui n’en font qu’un : voir docs/cluster.md et l’adresse de la grappe sur la page Réglages.</translation>
    </message>
    <message>
        <source>This server is not known as &apos;{host}&apos;.</source>
        <translation>Ce serveur n’est pas connu comme &apos;{host}&apos;.</translation>
    </message>
    <message>
        <source>This server knows no session by this id.</source>
        <translation>Ce serveur ne connaît aucune session sous cet identifiant.</translation>
    </message>
    <message>
        <source>This server refuses it ({reason}). {words}</source>
        <translation>Ce serveur le refuse ({reason}). {words}</translation>
    </message>
    <message>
        <source>This system does not let it: {reason}.</source>
        <translation>Ce système ne le permet pas : {reason}.</translation>
    </message>
    <message>
        <source>This system does not let you use port {port}.</source>
        <translation>Ce système ne vous laisse pas utiliser le port {port}.</translation>
    </message>
    <message>
        <source>Those known before stay in force.</source>
        <translation>Ceux connus auparavant restent en vigueur.</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Heure</translation>
    </message>
    <message>
        <source>Time order</source>
        <translation>Par heure</translation>
    </message>
    <message>
        <source>Title</source>
        <translation>Titre</translation>
    </message>
    <message>
        <source>To</source>
        <translation>À</translation>
    </message>
    <message>
        <source>To allow it: {value}={whole} (Settings, {group}, {label}).</source>
        <translation>Pour l’autoriser : {value}={whole} (Réglages, {group}, {label}).</translation>
    </message>
    <message>
        <source>To everyone: everybody, or only you and accounts with the role host. Direct messages go on.</source>
        <translation>À tous : chacun, ou seulement vous et les comptes au rôle d’hôte. Les directs continuent.</translation>
    </message>
    <message>
        <source>To keep the settings shown here, move the file away.</source>
        <translation>Pour garder les réglages affichés ici, déplacez le fichier.</translation>
    </message>
    <message>
        <source>To search for a path, quote it.</source>
        <translation>Pour chercher un chemin, mettez-le entre guillemets.</translation>
    </message>
    <message>
        <source>To search for the text, quote it.</source>
        <translation>Pour chercher le texte, mettez-le entre guillemets.</translation>
    </message>
    <message>
        <source>To stop it: Activity Monitor, process {pid}, Quit.</source>
        <translation>Pour l’arrêter : Moniteur d’activité, processus {pid}, Quitter.</translation>
    </message>
    <message>
        <source>To stop it: Task Manager, Details, process {pid}, End task.</source>
        <translation>Pour l’arrêter : Gestionnaire des tâches, Détails, processus {pid}, Fin de tâche.</translation>
    </message>
    <message>
        <source>To whom</source>
        <translation>À qui</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>Aujourd’hui</translation>
    </message>
    <message>
        <source>Token</source>
        <translation>Jeton</translation>
    </message>
    <message>
        <source>Token and snippets…</source>
        <translation>Jeton et extraits…</translation>
    </message>
    <message>
        <source>Token expired ({code}).</source>
        <translation>Jeton expiré ({code}).</translation>
    </message>
    <message>
        <source>Token for {name}</source>
        <translation>Jeton pour {name}</translation>
    </message>
    <message>
        <source>Token inspector</source>
        <translation>Examen de jeton</translation>
    </message>
    <message>
        <source>Token life</source>
        <translation>Durée des jetons</translation>
    </message>
    <message>
        <source>Tokens end at once, and logging in is refused until you enable them again.</source>
        <translation>Les jetons finissent aussitôt, et la connexion est refusée jusqu’à réactivation.</translation>
    </message>
    <message>
        <source>Tokens go on working until this program ends; at the next start a new secret is made and everyone logs in again.</source>
        <translation>Les jetons restent valables jusqu’à la fermeture de ce programme ; au prochain démarrage, un nouveau secret est créé et tous se reconnectent.</translation>
    </message>
    <message>
        <source>Tokens of your backend</source>
        <translation>Jetons de votre backend</translation>
    </message>
    <message>
        <source>Tomorrow</source>
        <translation>Demain</translation>
    </message>
    <message>
        <source>Too many attempts.</source>
        <translation>Trop de tentatives.</translation>
    </message>
    <message>
        <source>Too many messages are being read just now.</source>
        <translation>Trop de messages sont lus en ce moment.</translation>
    </message>
    <message>
        <source>Too many messages wait for this user already.</source>
        <translation>Trop de messages attendent déjà cet utilisateur.</translation>
    </message>
    <message>
        <source>Too many people wait for approval.</source>
        <translation>Trop de personnes attendent l’accord.</translation>
    </message>
    <message>
        <source>Traffic</source>
        <translation>Trafic</translation>
    </message>
    <message>
        <source>Trusted proxies</source>
        <translation>Proxys de confiance</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Réessayer</translation>
    </message>
    <message>
        <source>Try again in {retry_after_s} s.</source>
        <translation>Réessayez dans {retry_after_s} s.</translation>
    </message>
    <message>
        <source>Try again later.</source>
        <translation>Réessayez plus tard.</translation>
    </message>
    <message>
        <source>Try again.</source>
        <translation>Réessayez.</translation>
    </message>
    <message>
        <source>Try it from another device</source>
        <translation>Essayez depuis un autre appareil</translation>
    </message>
    <message>
        <source>Two runs compared</source>
        <translation>Deux exécutions comparées</translation>
    </message>
    <message>
        <source>Type</source>
        <translation>Type</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Annuler</translation>
    </message>
    <message>
        <source>Until</source>
        <translation>Jusqu’à</translation>
    </message>
    <message>
        <source>Until I lift it</source>
        <translation>Jusqu’à ce que je le lève</translation>
    </message>
    <message>
        <source>Until a time…</source>
        <translation>Jusqu’à une heure…</translation>
    </message>
    <message>
        <source>Up</source>
        <translation>Actif</translation>
    </message>
    <message>
        <source>Use a random one.</source>
        <translation>Utilisez-en un aléatoire.</translation>
    </message>
    <message>
        <source>Use its address, or have the host list this name.</source>
        <translation>Utilisez son adresse, ou faites ajouter ce nom par l’hôte.</translation>
    </message>
    <message>
        <source>Use localhost, 0.0.0.0 or one adapter&apos;s address.</source>
        <translation>Utilisez localhost, 0.0.0.0 ou l’adresse d’un adaptateur.</translation>
    </message>
    <message>
        <source>Use one kind.</source>
        <translation>Utilisez une seule sorte.</translation>
    </message>
    <message>
        <source>Use one script.</source>
        <translation>Utilisez une seule écriture.</translation>
    </message>
    <message>
        <source>Use one without it.</source>
        <translation>Utilisez-en une sans mot de passe.</translation>
    </message>
    <message>
        <source>Use port {port}</source>
        <translation>Utiliser le port {port}</translation>
    </message>
    <message>
        <source>Use the newer program, or choose another data folder.</source>
        <translation>Utilisez le programme plus récent, ou choisissez un autre dossier de données.</translation>
    </message>
    <message>
        <source>Use the newer program, or move the file away to have a new secret made.</source>
        <translation>Utilisez le programme plus récent, ou déplacez le fichier pour qu’un nouveau secret soit créé.</translation>
    </message>
    <message>
        <source>Use the newer program, or move the file away.</source>
        <translation>Utilisez le programme plus récent, ou déplacez le fichier.</translation>
    </message>
    <message>
        <source>Use this one</source>
        <translation>Utiliser celui-ci</translation>
    </message>
    <message>
        <source>Used</source>
        <translation>Utilisé</translation>
    </message>
    <message>
        <source>User</source>
        <translation>Utilisateur</translation>
    </message>
    <message>
        <source>User {name}</source>
        <translation>Utilisateur {name}</translation>
    </message>
    <message>
        <source>Username or password is wrong.</source>
        <translation>Nom ou mot de passe faux.</translation>
    </message>
    <message>
        <source>Users as they were</source>
        <translation>Les utilisateurs tels qu’ils étaient</translation>
    </message>
    <message>
        <source>Users to send to</source>
        <translation>Utilisateurs destinataires</translation>
    </message>
    <message>
        <source>Uses</source>
        <translation>Utilisations</translation>
    </message>
    <message>
        <source>Valid for</source>
        <translation>Valable</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>Valeur</translation>
    </message>
    <message>
        <source>Verdict</source>
        <translation>Verdict</translation>
    </message>
    <message>
        <source>Version</source>
        <translation>Version</translation>
    </message>
    <message>
        <source>Very weak</source>
        <translation>Très faible</translation>
    </message>
    <message>
        <source>Wait as long as the answer says, or let them try again now.</source>
        <translation>Attendez le temps que la réponse indique, ou permettez un nouvel essai maintenant.</translation>
    </message>
    <message>
        <source>Wait as long as the answer says.</source>
        <translation>Attendez le temps que la réponse indique.</translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation>En attente</translation>
    </message>
    <message>
        <source>Waiting ({people})</source>
        <translation>En attente ({people})</translation>
    </message>
    <message>
        <source>Waiting for a device. The code holds for {time}.</source>
        <translation>En attente d’un appareil. Le code vaut {time}.</translation>
    </message>
    <message>
        <source>Waiting list</source>
        <translation>Liste d’attente</translation>
    </message>
    <message>
        <source>Waiting list ({people})</source>
        <translation>Liste d’attente ({people})</translation>
    </message>
    <message>
        <source>Waiting, as they read slowly: {waiting}.</source>
        <translation>En attente, car ils lisent lentement : {waiting}.</translation>
    </message>
    <message>
        <source>What hosts do is noted here: start and stop, settings, accounts, bans.</source>
        <translation>Ce que font les hôtes est noté ici : démarrage et arrêt, réglages, comptes, bannissements.</translation>
    </message>
    <message>
        <source>What is done here is done to all of them.</source>
        <translation>Ce qui est fait ici l’est à tous.</translation>
    </message>
    <message>
        <source>What is long goes by WebSocket.</source>
        <translation>Ce qui est long passe par WebSocket.</translation>
    </message>
    <message>
        <source>Whom or what</source>
        <translation>Qui ou quoi</translation>
    </message>
    <message>
        <source>Words are searched in the content.
user: type: dir: ip: conn: code: to: node: compare a field, with * for any characters
is:error   content.path:value   size&gt;1k   took&gt;100ms   time&gt;20:41   or
/regular expression/   !not this   &quot;several words&quot;
Press / to come here, Return to go back, Escape to show everything.</source>
        <translation>Les mots sont cherchés dans le contenu.
user: type: dir: ip: conn: code: to: node: comparent un champ, avec * pour tout caractère
is:error   content.path:value   size&gt;1k   took&gt;100ms   time&gt;20:41   or
/expression régulière/   !pas ceci   &quot;plusieurs mots&quot;
/ mène ici, Entrée ramène, Échap montre tout.</translation>
    </message>
    <message>
        <source>Words of the name, address or app, #12 for a connection, or node:NAME</source>
        <translation>Mots du nom, de l’adresse ou de l’application, #12 pour une connexion ou node:NOM</translation>
    </message>
    <message>
        <source>Warning</source>
        <translation>Avertissement</translation>
    </message>
    <message>
        <source> a second</source>
        <translation> par seconde</translation>
    </message>
    <message>
        <source> bytes</source>
        <translation> octets</translation>
    </message>
    <message>
        <source> bytes/s</source>
        <translation> octets/s</translation>
    </message>
    <message>
        <source>&amp;Faults…</source>
        <translation>&amp;Pannes…</translation>
    </message>
    <message>
        <source>99 % within</source>
        <translation>99 % en</translation>
    </message>
    <message>
        <source>A message from “server”</source>
        <translation>Un message de « server »</translation>
    </message>
    <message>
        <source>Choose {another}, or stop that program.</source>
        <translation>Choisissez {another}, ou arrêtez ce programme.</translation>
    </message>
    <message>
        <source>Choose {another}.</source>
        <translation>Choisissez {another}.</translation>
    </message>
    <message>
        <source>The certificate is for {known}: browsers warn at {names}.</source>
        <translation>Le certificat est pour {known} : les navigateurs avertissent sous {names}.</translation>
    </message>
    <message>
        <source>The client sends it again after “retryAfterMs”; the log says what is away.</source>
        <translation>Le client le renvoie après « retryAfterMs » ; le journal dit ce qui manque.</translation>
    </message>
    <message>
        <source>The client waits as long as the error says, or you allow everyone {value} a second.</source>
        <translation>Le client attend le temps que l’erreur indique, ou vous accordez à tous {value} par seconde.</translation>
    </message>
    <message>
        <source>The secret&apos;s file {file} cannot be read ({why}).</source>
        <translation>Le fichier du secret {file} ne peut pas être lu ({why}).</translation>
    </message>
    <message>
        <source>The secret&apos;s file {file} cannot be written ({why}).</source>
        <translation>Le fichier du secret {file} ne peut pas être écrit ({why}).</translation>
    </message>
    <message>
        <source>This frame, as written</source>
        <translation>Cette trame, telle qu’écrite</translation>
    </message>
    <message>
        <source>Time that has passed</source>
        <translation>Temps écoulé</translation>
    </message>
    <message>
        <source>To clients only</source>
        <translation>Vers les clients seulement</translation>
    </message>
    <message>
        <source>Warnings and errors</source>
        <translation>Avertissements et erreurs</translation>
    </message>
    <message>
        <source>Weak</source>
        <translation>Faible</translation>
    </message>
    <message>
        <source>Web pages that may connect, such as https://app.example.org or https://*.example.org; null for pages opened from disk.</source>
        <translation>Pages web qui peuvent se connecter, comme https://app.example.org ou https://*.example.org ; null pour les pages ouvertes du disque.</translation>
    </message>
    <message>
        <source>Welcome</source>
        <translation>Bienvenue</translation>
    </message>
    <message>
        <source>What</source>
        <translation>Quoi</translation>
    </message>
    <message>
        <source>What clients make of a bad network. The server itself stays well.</source>
        <translation>Ce que les clients font d’un mauvais réseau. Le serveur, lui, va bien.</translation>
    </message>
    <message>
        <source>What happened</source>
        <translation>Ce qui s’est passé</translation>
    </message>
    <message>
        <source>What it says counts from the next start; until then nothing is saved.</source>
        <translation>Ce qu’il dit vaut dès le prochain démarrage ; d’ici là, rien n’est enregistré.</translation>
    </message>
    <message>
        <source>What passes is also kept in a file of at most this size, across launches; 0: off.</source>
        <translation>Ce qui passe est aussi conservé dans un fichier de cette taille au plus, entre les lancements ; 0 : non.</translation>
    </message>
    <message>
        <source>What they say</source>
        <translation>Ce qu’ils disent</translation>
    </message>
    <message>
        <source>What this is, above the web client, such as the class or event.</source>
        <translation>Ce que c’est, au-dessus du client web, comme la classe ou l’événement.</translation>
    </message>
    <message>
        <source>What this server is for</source>
        <translation>À quoi sert ce serveur</translation>
    </message>
    <message>
        <source>What to send</source>
        <translation>Que envoyer</translation>
    </message>
    <message>
        <source>What waits for all slow clients together, and likewise what has come of all unfinished messages; beyond it, those who hold most are closed (4008, 1009).</source>
        <translation>Ce qui attend pour tous les clients lents ensemble, et ce qui est arrivé des messages inachevés ; au-delà, ceux qui retiennent le plus sont fermés (4008, 1009).</translation>
    </message>
    <message>
        <source>What was done to accounts, and by whom, is forgotten after so long.</source>
        <translation>Ce qui fut fait aux comptes, et par qui, est oublié après ce temps.</translation>
    </message>
    <message>
        <source>What was said since they joined</source>
        <translation>Ce qui fut dit depuis leur arrivée</translation>
    </message>
    <message>
        <source>What you paste is neither kept nor logged, and looking is no use of the token.</source>
        <translation>Ce que vous collez n’est ni conservé ni journalisé, et regarder n’utilise pas le jeton.</translation>
    </message>
    <message>
        <source>When Windows asks, choose Allow; or this line in a terminal run as administrator:</source>
        <translation>Quand Windows demande, choisissez Autoriser ; ou cette ligne dans un terminal lancé en administrateur :</translation>
    </message>
    <message>
        <source>Where</source>
        <translation>Où</translation>
    </message>
    <message>
        <source>Which log</source>
        <translation>Quel journal</translation>
    </message>
    <message>
        <source>Who</source>
        <translation>Qui</translation>
    </message>
    <message>
        <source>Who can reach the server</source>
        <translation>Qui atteint le serveur</translation>
    </message>
    <message>
        <source>Who may make an account: anyone who reaches the server, whoever has an invitation, whomever you approve, or nobody.</source>
        <translation>Qui peut créer un compte : quiconque atteint le serveur, qui a une invitation, qui vous acceptez, ou personne.</translation>
    </message>
    <message>
        <source>Who may write</source>
        <translation>Qui peut écrire</translation>
    </message>
    <message>
        <source>Who may write and come in</source>
        <translation>Qui peut écrire et entrer</translation>
    </message>
    <message>
        <source>Who waits</source>
        <translation>Qui attend</translation>
    </message>
    <message>
        <source>Whoever opens it can register.</source>
        <translation>Qui l’ouvre peut s’inscrire.</translation>
    </message>
    <message>
        <source>Whole</source>
        <translation>Entier</translation>
    </message>
    <message>
        <source>Whole screen</source>
        <translation>Plein écran</translation>
    </message>
    <message>
        <source>Whose</source>
        <translation>De qui</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>Pourquoi</translation>
    </message>
    <message>
        <source>Wi-Fi of the room</source>
        <translation>Wi-Fi de la salle</translation>
    </message>
    <message>
        <source>Windows Defender Firewall blocks this program on {name} networks.</source>
        <translation>Le Pare-feu Windows Defender bloque ce programme sur les réseaux {name}.</translation>
    </message>
    <message>
        <source>Windows Defender Firewall could not be read.</source>
        <translation>Le Pare-feu Windows Defender n’a pas pu être lu.</translation>
    </message>
    <message>
        <source>Windows Defender Firewall lets this program in.</source>
        <translation>Le Pare-feu Windows Defender admet ce programme.</translation>
    </message>
    <message>
        <source>Windows Security, Firewall &amp; network protection, Allow an app through firewall: tick it.</source>
        <translation>Sécurité Windows, Pare-feu et protection du réseau, Autoriser une application via le pare-feu : cochez-le.</translation>
    </message>
    <message>
        <source>With clients connected: ask, keep the server running out of sight, or stop it.</source>
        <translation>Avec des clients connectés : demander, continuer hors de vue, ou l’arrêter.</translation>
    </message>
    <message>
        <source>With the account go {at_least}{messages} it wrote or was sent, {waiting} of them still waiting.</source>
        <translation>Avec le compte partent {at_least}{messages} écrits ou reçus, dont {waiting} attendent encore.</translation>
    </message>
    <message>
        <source>Within</source>
        <translation>En</translation>
    </message>
    <message>
        <source>Without one, run the server alone: authws-desktop serve (authws-desktop serve --help shows its options).</source>
        <translation>Sans écran, lancez le serveur seul : authws-desktop serve (authws-desktop serve --help montre ses options).</translation>
    </message>
    <message>
        <source>Write a JSON value, such as {&quot;text&quot;: &quot;hello&quot;}.</source>
        <translation>Écrivez une valeur JSON, comme {&quot;text&quot;: &quot;hello&quot;}.</translation>
    </message>
    <message>
        <source>Write a blank after the quoted text.</source>
        <translation>Écrivez une espace après le texte entre guillemets.</translation>
    </message>
    <message>
        <source>Write a filter after “or”.</source>
        <translation>Écrivez un filtre après « or ».</translation>
    </message>
    <message>
        <source>Write a filter before “or”, or quote it to search for the word.</source>
        <translation>Écrivez un filtre avant « or », ou mettez-le entre guillemets pour chercher le mot.</translation>
    </message>
    <message>
        <source>Write a number or null.</source>
        <translation>Écrivez un nombre ou null.</translation>
    </message>
    <message>
        <source>Write a value after “{value}:”.</source>
        <translation>Écrivez une valeur après « {value}: ».</translation>
    </message>
    <message>
        <source>Write localhost, 0.0.0.0 or one adapter&apos;s address, without http:// and port; not “{value}”.</source>
        <translation>Écrivez localhost, 0.0.0.0 ou l’adresse d’un adaptateur, sans http:// ni port ; pas « {value} ».</translation>
    </message>
    <message>
        <source>Write one such as 192.168.1.20.</source>
        <translation>Écrivez-en une comme 192.168.1.20.</translation>
    </message>
    <message>
        <source>Write the keys on the way, such as content.text.</source>
        <translation>Écrivez les clés du chemin, par exemple content.text.</translation>
    </message>
    <message>
        <source>Write what to leave out after “!”.</source>
        <translation>Écrivez après « ! » ce qui est à exclure.</translation>
    </message>
    <message>
        <source>Write “!” before what to leave out, or quote “not” to search for the word.</source>
        <translation>Écrivez « ! » devant ce qui est à exclure, ou mettez « not » entre guillemets pour chercher le mot.</translation>
    </message>
    <message>
        <source>Write “or” between two filters.</source>
        <translation>Écrivez « or » entre deux filtres.</translation>
    </message>
    <message>
        <source>Written to {connections}.</source>
        <translation>Écrit à {connections}.</translation>
    </message>
    <message>
        <source>Written to {written} of {connections} within {time}.</source>
        <translation>Écrit à {written} sur {connections} en {time}.</translation>
    </message>
    <message>
        <source>Written to {written} of {receivers} within {took}.</source>
        <translation>Écrit à {written} sur {receivers} en {took}.</translation>
    </message>
    <message>
        <source>Wrote {rows} to {file}, and {test}, which replays them.</source>
        <translation>{rows} écrites dans {file}, et {test}, qui les rejoue.</translation>
    </message>
    <message>
        <source>Yes, after a new login.</source>
        <translation>Oui, après une nouvelle connexion.</translation>
    </message>
    <message>
        <source>Yes, after a pause.</source>
        <translation>Oui, après une pause.</translation>
    </message>
    <message>
        <source>Yes, then authenticate.</source>
        <translation>Oui, puis authentifiez-vous.</translation>
    </message>
    <message>
        <source>Yes, with backoff.</source>
        <translation>Oui, en espaçant les essais.</translation>
    </message>
    <message>
        <source>Yesterday</source>
        <translation>Hier</translation>
    </message>
    <message>
        <source>accepted</source>
        <translation>accepté</translation>
    </message>
    <message>
        <source>account</source>
        <translation>compte</translation>
    </message>
    <message>
        <source>acknowledged</source>
        <translation>confirmé</translation>
    </message>
    <message>
        <source>active</source>
        <translation>actif</translation>
    </message>
    <message>
        <source>address</source>
        <translation>adresse</translation>
    </message>
    <message>
        <source>all nodes</source>
        <translation>tous les nœuds</translation>
    </message>
    <message>
        <source>always the same</source>
        <translation>toujours pareil</translation>
    </message>
    <message>
        <source>an earlier secret that is still accepted</source>
        <translation>un ancien secret encore accepté</translation>
    </message>
    <message>
        <source>and {count} more</source>
        <translation>et {count} de plus</translation>
    </message>
    <message>
        <source>another copy of this program ({owner})</source>
        <translation>une autre copie de ce programme ({owner})</translation>
    </message>
    <message>
        <source>another port</source>
        <translation>un autre port</translation>
    </message>
    <message>
        <source>another program</source>
        <translation>un autre programme</translation>
    </message>
    <message>
        <source>another program ({owner})</source>
        <translation>un autre programme ({owner})</translation>
    </message>
    <message>
        <source>any</source>
        <translation>quelconque</translation>
    </message>
    <message>
        <source>any free port</source>
        <translation>tout port libre</translation>
    </message>
    <message>
        <source>at least </source>
        <translation>au moins </translation>
    </message>
    <message>
        <source>away</source>
        <translation>indisponible</translation>
    </message>
    <message>
        <source>binary</source>
        <translation>binaire</translation>
    </message>
    <message>
        <source>bytes</source>
        <translation>octets</translation>
    </message>
    <message>
        <source>cannot be counted now</source>
        <translation>non dénombrables actuellement</translation>
    </message>
    <message>
        <source>characters</source>
        <translation>caractères</translation>
    </message>
    <message>
        <source>club makes http://club.local:PORT work on most devices nearby. Empty: none.</source>
        <translation>club fait marcher http://club.local:PORT sur la plupart des appareils proches. Vide : aucun.</translation>
    </message>
    <message>
        <source>command line</source>
        <translation>ligne de commande</translation>
    </message>
    <message>
        <source>connections</source>
        <translation>connexions</translation>
    </message>
    <message>
        <source>days</source>
        <translation>jours</translation>
    </message>
    <message>
        <source>default</source>
        <translation>par défaut</translation>
    </message>
    <message>
        <source>differs</source>
        <translation>diffère</translation>
    </message>
    <message>
        <source>disabled</source>
        <translation>désactivé</translation>
    </message>
    <message>
        <source>disabled: cannot log in</source>
        <translation>désactivé : ne peut pas se connecter</translation>
    </message>
    <message>
        <source>does not exist or was revoked</source>
        <translation>n’existe pas ou a été révoquée</translation>
    </message>
    <message>
        <source>done</source>
        <translation>fait</translation>
    </message>
    <message>
        <source>draining</source>
        <translation>se vide</translation>
    </message>
    <message>
        <source>ends too early</source>
        <translation>se termine trop tôt</translation>
    </message>
    <message>
        <source>ends {connections}</source>
        <translation>termine {connections}</translation>
    </message>
    <message>
        <source>environment</source>
        <translation>environnement</translation>
    </message>
    <message>
        <source>expired</source>
        <translation>expiré</translation>
    </message>
    <message>
        <source>expired; choose a life for a new one</source>
        <translation>expiré ; choisissez une durée pour un nouveau</translation>
    </message>
    <message>
        <source>filtering, {percent} %</source>
        <translation>filtrage, {percent} %</translation>
    </message>
    <message>
        <source>generated</source>
        <translation>généré</translation>
    </message>
    <message>
        <source>given</source>
        <translation>donné</translation>
    </message>
    <message>
        <source>good</source>
        <translation>bon</translation>
    </message>
    <message>
        <source>guest</source>
        <translation>invité</translation>
    </message>
    <message>
        <source>half of a surrogate pair stands alone (byte {half})</source>
        <translation>une moitié de paire de substitution est seule (octet {half})</translation>
    </message>
    <message>
        <source>has expired</source>
        <translation>a expiré</translation>
    </message>
    <message>
        <source>host</source>
        <translation>hôte</translation>
    </message>
    <message>
        <source>https and wss</source>
        <translation>https et wss</translation>
    </message>
    <message>
        <source>in {rate}/s</source>
        <translation>entrent {rate}/s</translation>
    </message>
    <message>
        <source>in {time}</source>
        <translation>dans {time}</translation>
    </message>
    <message>
        <source>is used up</source>
        <translation>est épuisée</translation>
    </message>
    <message>
        <source>just now</source>
        <translation>à l’instant</translation>
    </message>
    <message>
        <source>kept</source>
        <translation>gardé</translation>
    </message>
    <message>
        <source>left out</source>
        <translation>omis</translation>
    </message>
    <message>
        <source>localhost: only this computer. 0.0.0.0: everyone on the network. Or one adapter&apos;s address.</source>
        <translation>localhost : cet ordinateur seul. 0.0.0.0 : tout le réseau. Ou l’adresse d’un adaptateur.</translation>
    </message>
    <message>
        <source>lost: closed</source>
        <translation>perdu : fermé</translation>
    </message>
    <message>
        <source>member</source>
        <translation>membre</translation>
    </message>
    <message>
        <source>messages</source>
        <translation>messages</translation>
    </message>
    <message>
        <source>never</source>
        <translation>jamais</translation>
    </message>
    <message>
        <source>no code</source>
        <translation>pas de code</translation>
    </message>
    <message>
        <source>no connections</source>
        <translation>aucune connexion</translation>
    </message>
    <message>
        <source>no end</source>
        <translation>sans fin</translation>
    </message>
    <message>
        <source>no limit</source>
        <translation>sans limite</translation>
    </message>
    <message>
        <source>no name</source>
        <translation>aucun nom</translation>
    </message>
    <message>
        <source>no sessions</source>
        <translation>aucune session</translation>
    </message>
    <message>
        <source>none</source>
        <translation>aucun</translation>
    </message>
    <message>
        <source>none kept</source>
        <translation>aucun conservé</translation>
    </message>
    <message>
        <source>none yet</source>
        <translation>aucun encore</translation>
    </message>
    <message>
        <source>not late</source>
        <translation>pas de retard</translation>
    </message>
    <message>
        <source>not now</source>
        <translation>pas maintenant</translation>
    </message>
    <message>
        <source>nothing more</source>
        <translation>rien de plus</translation>
    </message>
    <message>
        <source>now</source>
        <translation>maintenant</translation>
    </message>
    <message>
        <source>off; local: a certificate made here, which each device must trust once; files: your own.</source>
        <translation>off ; local : un certificat fait ici, auquel chaque appareil doit se fier une fois ; files : le vôtre.</translation>
    </message>
    <message>
        <source>only this computer</source>
        <translation>cet ordinateur seul</translation>
    </message>
    <message>
        <source>out {rate}/s</source>
        <translation>sortent {rate}/s</translation>
    </message>
    <message>
        <source>password</source>
        <translation>mot de passe</translation>
    </message>
    <message>
        <source>paused, {count} came since</source>
        <translation>en pause, {count} arrivés depuis</translation>
    </message>
    <message>
        <source>per 15 min</source>
        <translation>par 15 min</translation>
    </message>
    <message>
        <source>port {port}</source>
        <translation>port {port}</translation>
    </message>
    <message>
        <source>pure Python</source>
        <translation>Python pur</translation>
    </message>
    <message>
        <source>queued</source>
        <translation>en file</translation>
    </message>
    <message>
        <source>refused</source>
        <translation>refusé</translation>
    </message>
    <message>
        <source>replayed</source>
        <translation>rejoué</translation>
    </message>
    <message>
        <source>rows</source>
        <translation>lignes</translation>
    </message>
    <message>
        <source>s</source>
        <translation>s</translation>
    </message>
    <message>
        <source>same</source>
        <translation>identique</translation>
    </message>
    <message>
        <source>saved settings</source>
        <translation>réglages enregistrés</translation>
    </message>
    <message>
        <source>seconds</source>
        <translation>secondes</translation>
    </message>
    <message>
        <source>sent late</source>
        <translation>envoyé tard</translation>
    </message>
    <message>
        <source>silent {count} s</source>
        <translation>muet depuis {count} s</translation>
    </message>
    <message>
        <source>somebody else</source>
        <translation>quelqu’un d’autre</translation>
    </message>
    <message>
        <source>somebody who did not log in</source>
        <translation>quelqu’un qui ne s’est pas connecté</translation>
    </message>
    <message>
        <source>sorted by {column}</source>
        <translation>trié par {column}</translation>
    </message>
    <message>
        <source>sorting, {percent} %</source>
        <translation>tri en cours, {percent} %</translation>
    </message>
    <message>
        <source>the current secret</source>
        <translation>le secret actuel</translation>
    </message>
    <message>
        <source>the newest</source>
        <translation>le plus récent</translation>
    </message>
    <message>
        <source>the two are {time} apart</source>
        <translation>{time} séparent les deux</translation>
    </message>
    <message>
        <source>there</source>
        <translation>disponible</translation>
    </message>
    <message>
        <source>there, {lag}</source>
        <translation>disponible, {lag}</translation>
    </message>
    <message>
        <source>this node</source>
        <translation>ce nœud</translation>
    </message>
    <message>
        <source>this one</source>
        <translation>celui-ci</translation>
    </message>
    <message>
        <source>up {time}</source>
        <translation>actif {time}</translation>
    </message>
    <message>
        <source>usable</source>
        <translation>utilisable</translation>
    </message>
    <message>
        <source>used up</source>
        <translation>épuisé</translation>
    </message>
    <message>
        <source>user</source>
        <translation>utilisateur</translation>
    </message>
    <message>
        <source>virtual or VPN</source>
        <translation>virtuel ou VPN</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>en attente</translation>
    </message>
    <message>
        <source>when you end it</source>
        <translation>quand vous le terminez</translation>
    </message>
    <message>
        <source>written</source>
        <translation>écrit</translation>
    </message>
    <message>
        <source>you end it</source>
        <translation>vous le terminez</translation>
    </message>
    <message>
        <source>you lift it</source>
        <translation>vous le levez</translation>
    </message>
    <message>
        <source>{accounts}, {online} online</source>
        <translation>{accounts}, {online} en ligne</translation>
    </message>
    <message>
        <source>{activity}
Click for a larger chart</source>
        <translation>{activity}
Cliquez pour un plus grand graphique</translation>
    </message>
    <message>
        <source>{address} is this computer itself, which cannot be banned.</source>
        <translation>{address} est cet ordinateur lui-même, qui ne peut pas être banni.</translation>
    </message>
    <message>
        <source>{cards} with new passwords were not put away. They are not kept anywhere.</source>
        <translation>{cards} avec de nouveaux mots de passe ne sont pas rangées. Ils ne sont conservés nulle part.</translation>
    </message>
    <message>
        <source>{changes} · nobody is disconnected</source>
        <translation>{changes} · personne n’est déconnecté</translation>
    </message>
    <message>
        <source>{changes} · saving disconnects {clients}</source>
        <translation>{changes} · enregistrer déconnecte {clients}</translation>
    </message>
    <message>
        <source>{chosen} of {all} selected</source>
        <translation>{chosen} sur {all} choisis</translation>
    </message>
    <message>
        <source>{count} addresses</source>
        <translation>{count} adresses</translation>
    </message>
    <message>
        <source>{count} messages from before were sent.</source>
        <translation>{count} messages antérieurs ont été envoyés.</translation>
    </message>
    <message>
        <source>{count} new ↓</source>
        <translation>{count} nouvelles ↓</translation>
    </message>
    <message>
        <source>{count} of them read slowly; it waits.</source>
        <translation>{count} lisent lentement ; cela attend.</translation>
    </message>
    <message>
        <source>{count} people are here</source>
        <translation>{count} personnes sont là</translation>
    </message>
    <message>
        <source>{count} users</source>
        <translation>{count} utilisateurs</translation>
    </message>
    <message>
        <source>{entry} is not allowed.</source>
        <translation>{entry} n’est pas autorisé.</translation>
    </message>
    <message>
        <source>{error} No account was made. Go back and press Preview to see what is left.</source>
        <translation>{error} Aucun compte n’a été créé. Revenez et appuyez sur Aperçu pour voir ce qui reste.</translation>
    </message>
    <message>
        <source>{file} cannot be read ({reason}). Choose another file.</source>
        <translation>{file} est illisible ({reason}). Choisissez un autre fichier.</translation>
    </message>
    <message>
        <source>{file} cannot be read ({strerror})</source>
        <translation>{file} ne peut pas être lu ({strerror})</translation>
    </message>
    <message>
        <source>{file} cannot be read ({strerror}).</source>
        <translation>{file} ne peut pas être lu ({strerror}).</translation>
    </message>
    <message>
        <source>{file} cannot be written ({reason}). Choose another folder.</source>
        <translation>{file} ne peut pas être écrit ({reason}). Choisissez un autre dossier.</translation>
    </message>
    <message>
        <source>{file} is not a file.</source>
        <translation>{file} n’est pas un fichier.</translation>
    </message>
    <message>
        <source>{first}, {second} and {count} more</source>
        <translation>{first}, {second} et {count} autres</translation>
    </message>
    <message>
        <source>{guests} will be logged out for good. Their names are free again.</source>
        <translation>{guests} seront déconnectés pour de bon. Leurs noms sont à nouveau libres.</translation>
    </message>
    <message>
        <source>{host} is not an address of this computer now.</source>
        <translation>{host} n’est pas une adresse actuelle de cet ordinateur.</translation>
    </message>
    <message>
        <source>{label} must not be empty.</source>
        <translation>{label} ne doit pas être vide.</translation>
    </message>
    <message>
        <source>{least_chars} to {password_max_chars} characters</source>
        <translation>de {least_chars} à {password_max_chars} caractères</translation>
    </message>
    <message>
        <source>{least} to {most} letters and digits, single blanks, and . _ - @ + &apos;</source>
        <translation>{least} à {most} lettres et chiffres, espaces simples, et . _ - @ + &apos;</translation>
    </message>
    <message>
        <source>{low} to {high} · default {default}</source>
        <translation>{low} à {high} · par défaut {default}</translation>
    </message>
    <message>
        <source>{macos_clicks}: set it to allow incoming connections.</source>
        <translation>{macos_clicks} : autorisez les connexions entrantes.</translation>
    </message>
    <message>
        <source>{macos_clicks}: switch that off.</source>
        <translation>{macos_clicks} : désactivez cela.</translation>
    </message>
    <message>
        <source>{messages} are deleted for good, those that wait for people who are away included. Who comes back gets none of them. The traffic and its history stay as they are.</source>
        <translation>{messages} sont supprimés pour de bon, y compris ceux qui attendent des absents. Qui revient n’en reçoit aucun. Le trafic et son historique restent.</translation>
    </message>
    <message>
        <source>{names} and {last}</source>
        <translation>{names} et {last}</translation>
    </message>
    <message>
        <source>{names} may try again now.</source>
        <translation>{names} peut réessayer maintenant.</translation>
    </message>
    <message>
        <source>{name} (has left)</source>
        <translation>{name} (est parti)</translation>
    </message>
    <message>
        <source>{name} acknowledged it {after} later.</source>
        <translation>{name} l’a confirmé {after} plus tard.</translation>
    </message>
    <message>
        <source>{name} did not fetch it in time; it is gone.</source>
        <translation>{name} ne l’a pas pris à temps ; il est perdu.</translation>
    </message>
    <message>
        <source>{name} has a new password.</source>
        <translation>{name} a un nouveau mot de passe.</translation>
    </message>
    <message>
        <source>{name} is away: it waits for the next login, until {until}.</source>
        <translation>{name} est absent : cela attend la prochaine connexion, jusqu’à {until}.</translation>
    </message>
    <message>
        <source>{name} is damaged at line {number}.</source>
        <translation>{name} est endommagé à la ligne {number}.</translation>
    </message>
    <message>
        <source>{name} is not connected, and was not since the traffic is kept.</source>
        <translation>{name} n’est pas connecté, et ne l’a pas été depuis que le trafic est conservé.</translation>
    </message>
    <message>
        <source>{name} is not connected: left {when} with {value}.</source>
        <translation>{name} n’est pas connecté : parti {when} avec {value}.</translation>
    </message>
    <message>
        <source>{name} was away, and got it {after} later.</source>
        <translation>{name} était absent et l’a reçu {after} plus tard.</translation>
    </message>
    <message>
        <source>{name} was changed meanwhile ({who}{when}); now: {role}, {state}.</source>
        <translation>{name} a changé entre-temps ({who}{when}) ; maintenant : {role}, {state}.</translation>
    </message>
    <message>
        <source>{name} was written by a newer version of this program.</source>
        <translation>{name} a été écrit par une version plus récente de ce programme.</translation>
    </message>
    <message>
        <source>{now} now, {most} at most</source>
        <translation>{now} maintenant, {most} au plus</translation>
    </message>
    <message>
        <source>{problem} (character {place})</source>
        <translation>{problem} (caractère {place})</translation>
    </message>
    <message>
        <source>{rows} ({missing} passed too fast)</source>
        <translation>{rows} ({missing} passées trop vite)</translation>
    </message>
    <message>
        <source>{rows} came and went while paused: the memory for traffic was full.</source>
        <translation>{rows} sont venues et parties pendant la pause : la mémoire du trafic était pleine.</translation>
    </message>
    <message>
        <source>{same}, and there is no difference.</source>
        <translation>{same}, et il n’y a pas de différence.</translation>
    </message>
    <message>
        <source>{same}. Then a connection of {name} differs:</source>
        <translation>{same}. Puis une connexion de {name} diffère :</translation>
    </message>
    <message>
        <source>{sentence} It is not used.</source>
        <translation>{sentence} Elle n’est pas utilisée.</translation>
    </message>
    <message>
        <source>{sentence} To search for the text, quote it.</source>
        <translation>{sentence} Pour chercher le texte, mettez-le entre guillemets.</translation>
    </message>
    <message>
        <source>{shown} of {all} shown</source>
        <translation>{shown} sur {all} affichés</translation>
    </message>
    <message>
        <source>{shown} of {rows}</source>
        <translation>{shown} sur {rows}</translation>
    </message>
    <message>
        <source>{time} ago</source>
        <translation>il y a {time}</translation>
    </message>
    <message>
        <source>{value} is no traffic exported by this program as JSON Lines.</source>
        <translation>{value} n’est pas un trafic exporté par ce programme en JSON Lines.</translation>
    </message>
    <message>
        <source>{value} {key} wait {wait_s} s after {failures} failures (Retry-After: {wait_s}).</source>
        <translation>{value} {key} attendent {wait_s} s après {failures} échecs (Retry-After: {wait_s}).</translation>
    </message>
    <message>
        <source>{variable} ({source}) is no setting.</source>
        <translation>{variable} ({source}) n’est pas un réglage.</translation>
    </message>
    <message>
        <source>{variable} ({source}) is not used: {reason}.</source>
        <translation>{variable} ({source}) n’est pas utilisé : {reason}.</translation>
    </message>
    <message>
        <source>{what} belongs to another program.</source>
        <translation>{what} appartient à un autre programme.</translation>
    </message>
    <message>
        <source>{what} cannot be opened ({detail}).</source>
        <translation>{what} ne peut pas être ouvert ({detail}).</translation>
    </message>
    <message>
        <source>{what} cannot be used ({detail}).</source>
        <translation>{what} ne peut pas être utilisé ({detail}).</translation>
    </message>
    <message>
        <source>{what} cannot grow: the disk is full.</source>
        <translation>{what} ne peut pas grandir : le disque est plein.</translation>
    </message>
    <message>
        <source>{what} contains half a character (a lone surrogate).</source>
        <translation>{what} contient un demi-caractère (un substitut isolé).</translation>
    </message>
    <message>
        <source>{what} is UTF-16, not UTF-8.</source>
        <translation>{what} est en UTF-16, pas en UTF-8.</translation>
    </message>
    <message>
        <source>{what} is damaged or is not a database.</source>
        <translation>{what} est endommagé ou n’est pas une base de données.</translation>
    </message>
    <message>
        <source>{what} is locked by another program.</source>
        <translation>{what} est verrouillé par un autre programme.</translation>
    </message>
    <message>
        <source>{what} is nested too deeply.</source>
        <translation>{what} est trop profondément imbriqué.</translation>
    </message>
    <message>
        <source>{what} is not UTF-8: byte {value} is 0x{byte}.</source>
        <translation>{what} n’est pas en UTF-8 : l’octet {value} est 0x{byte}.</translation>
    </message>
    <message>
        <source>{what} is not valid JSON: {detail}.</source>
        <translation>{what} n’est pas du JSON valable : {detail}.</translation>
    </message>
    <message>
        <source>{what} is read-only.</source>
        <translation>{what} est en lecture seule.</translation>
    </message>
    <message>
        <source>{what} must be a JSON object, not {value}.</source>
        <translation>{what} doit être un objet JSON, pas {value}.</translation>
    </message>
    <message>
        <source>{what} must have {limits}.</source>
        <translation>{what} doit avoir {limits}.</translation>
    </message>
    <message>
        <source>{what} was deleted or moved away while this program uses it.</source>
        <translation>{what} a été supprimé ou déplacé pendant que ce programme l’utilisait.</translation>
    </message>
    <message>
        <source>{what} was replaced or overwritten by another program while this one uses it.</source>
        <translation>{what} a été remplacé ou écrasé par un autre programme pendant que celui-ci l’utilisait.</translation>
    </message>
    <message>
        <source>{what} was written by a newer version of this program.</source>
        <translation>{what} a été écrit par une version plus récente de ce programme.</translation>
    </message>
    <message>
        <source>{where} cannot be asked ({name})</source>
        <translation>{where} ne peut pas être interrogé ({name})</translation>
    </message>
    <message>
        <source>{where} must be a whole number{example}, not &apos;{text}&apos;.</source>
        <translation>{where} doit être un nombre entier{example}, pas &apos;{text}&apos;.</translation>
    </message>
    <message>
        <source>{where} must be one of {allowed}, not &apos;{value}&apos;.</source>
        <translation>{where} doit être l’un de {allowed}, pas &apos;{value}&apos;.</translation>
    </message>
    <message>
        <source>{where} must be {limits}, not {value}.</source>
        <translation>{where} doit être {limits}, pas {value}.</translation>
    </message>
    <message>
        <source>{where} takes letters, digits and hyphens, such as club.</source>
        <translation>{where} prend des lettres, des chiffres et des traits d’union, comme club.</translation>
    </message>
    <message>
        <source>{why} Nothing of it is used.</source>
        <translation>{why} Rien n’en est utilisé.</translation>
    </message>
    <message>
        <source>“{name}:” knows no “{wrong}”.</source>
        <translation>« {name}: » ne connaît pas « {wrong} ».</translation>
    </message>
    <message>
        <source>“{name}” is compared: write {name}&gt; or {name}&lt;.</source>
        <translation>« {name} » se compare : écrivez {name}&gt; ou {name}&lt;.</translation>
    </message>
    <message>
        <source>“{setting}” is set from outside: {source}. Change it there.</source>
        <translation>« {setting} » est fixé de l’extérieur : {source}. Changez-le là.</translation>
    </message>
    <message>
        <source>“{value}” cannot be compared; size, took and time can.</source>
        <translation>« {value} » ne peut pas être comparé ; size, took et time, si.</translation>
    </message>
    <message>
        <source>… {count} more bytes</source>
        <translation>… {count} octets de plus</translation>
    </message>
    <message>
        <source>○ Not connected yet: run a snippet and watch it arrive.</source>
        <translation>○ Pas encore connecté : exécutez un extrait et voyez-le arriver.</translation>
    </message>
    <message>
        <source>● Connected from {address}</source>
        <translation>● Connecté depuis {address}</translation>
    </message>
</context>
</TS>
