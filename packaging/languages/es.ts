<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="es" sourcelanguage="en">
<context>
    <name>Authws</name>
    <message>
        <source> One more fault below.</source>
        <translation> Un fallo más abajo.</translation>
    </message>
    <message>
        <source> Save to have it so.</source>
        <translation> Guarde para tenerlo así.</translation>
    </message>
    <message>
        <source> {count} more faults below.</source>
        <translation> {count} fallos más abajo.</translation>
    </message>
    <message numerus="yes">
        <source>%n accounts</source>
        <translation>
            <numerusform>%n cuenta</numerusform>
            <numerusform>%n cuentas</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n accounts will be made.</source>
        <translation>
            <numerusform>Se creará %n cuenta.</numerusform>
            <numerusform>Se crearán %n cuentas.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n acts</source>
        <translation>
            <numerusform>%n acto</numerusform>
            <numerusform>%n actos</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n bytes</source>
        <translation>
            <numerusform>%n byte</numerusform>
            <numerusform>%n bytes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n cards</source>
        <translation>
            <numerusform>%n tarjeta</numerusform>
            <numerusform>%n tarjetas</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n changes</source>
        <translation>
            <numerusform>%n cambio</numerusform>
            <numerusform>%n cambios</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n clients</source>
        <translation>
            <numerusform>%n cliente</numerusform>
            <numerusform>%n clientes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n clients are connected.</source>
        <translation>
            <numerusform>%n cliente está conectado.</numerusform>
            <numerusform>%n clientes están conectados.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n connections</source>
        <translation>
            <numerusform>%n conexión</numerusform>
            <numerusform>%n conexiones</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n connections still use the old secret.</source>
        <translation>
            <numerusform>%n conexión aún usa el secreto antiguo.</numerusform>
            <numerusform>%n conexiones aún usan el secreto antiguo.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n errors</source>
        <translation>
            <numerusform>%n error</numerusform>
            <numerusform>%n errores</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n fields</source>
        <translation>
            <numerusform>%n campo</numerusform>
            <numerusform>%n campos</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n guests</source>
        <translation>
            <numerusform>%n invitado</numerusform>
            <numerusform>%n invitados</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n invitations</source>
        <translation>
            <numerusform>%n invitación</numerusform>
            <numerusform>%n invitaciones</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n items</source>
        <translation>
            <numerusform>%n elemento</numerusform>
            <numerusform>%n elementos</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n joined</source>
        <translation>
            <numerusform>%n se unió</numerusform>
            <numerusform>%n se unieron</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n kept messages</source>
        <translation>
            <numerusform>%n mensaje guardado</numerusform>
            <numerusform>%n mensajes guardados</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n lines</source>
        <translation>
            <numerusform>%n línea</numerusform>
            <numerusform>%n líneas</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n lines have a problem and are left out.</source>
        <translation>
            <numerusform>%n línea tiene un problema y se omite.</numerusform>
            <numerusform>%n líneas tienen un problema y se omiten.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n logins were refused.</source>
        <translation>
            <numerusform>Se rechazó %n inicio de sesión.</numerusform>
            <numerusform>Se rechazaron %n inicios de sesión.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n messages</source>
        <translation>
            <numerusform>%n mensaje</numerusform>
            <numerusform>%n mensajes</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n people wait for your approval.</source>
        <translation>
            <numerusform>%n persona espera su aprobación.</numerusform>
            <numerusform>%n personas esperan su aprobación.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n read slowly: it waits for them.</source>
        <translation>
            <numerusform>%n lee despacio: se espera.</numerusform>
            <numerusform>%n leen despacio: se les espera.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n rows</source>
        <translation>
            <numerusform>%n fila</numerusform>
            <numerusform>%n filas</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n rows are the same</source>
        <translation>
            <numerusform>%n fila es igual</numerusform>
            <numerusform>%n filas son iguales</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n sessions</source>
        <translation>
            <numerusform>%n sesión</numerusform>
            <numerusform>%n sesiones</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n users</source>
        <translation>
            <numerusform>%n usuario</numerusform>
            <numerusform>%n usuarios</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n values are wrong</source>
        <translation>
            <numerusform>%n valor es incorrecto</numerusform>
            <numerusform>%n valores son incorrectos</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n were lost as their connections closed.</source>
        <translation>
            <numerusform>%n se perdió al cerrarse la conexión.</numerusform>
            <numerusform>%n se perdieron al cerrarse sus conexiones.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n were sent late.</source>
        <translation>
            <numerusform>%n se envió tarde.</numerusform>
            <numerusform>%n se enviaron tarde.</numerusform>
        </translation>
    </message>
    <message>
        <source>&amp;About Authws Desktop</source>
        <translation>&amp;Acerca de Authws Desktop</translation>
    </message>
    <message>
        <source>&amp;Accounts</source>
        <translation>&amp;Cuentas</translation>
    </message>
    <message>
        <source>&amp;Answers as rows	E</source>
        <translation>&amp;Respuestas como filas	E</translation>
    </message>
    <message>
        <source>&amp;Bans…</source>
        <translation>&amp;Bloqueos…</translation>
    </message>
    <message>
        <source>&amp;Clear	Ctrl+L</source>
        <translation>&amp;Vaciar	Ctrl+L</translation>
    </message>
    <message>
        <source>&amp;Cluster…</source>
        <translation>&amp;Clúster…</translation>
    </message>
    <message>
        <source>&amp;Copy WebSocket address</source>
        <translation>&amp;Copiar dirección WebSocket</translation>
    </message>
    <message>
        <source>&amp;Documentation</source>
        <translation>&amp;Documentación</translation>
    </message>
    <message>
        <source>&amp;Export and open</source>
        <translation>&amp;Exportar y abrir</translation>
    </message>
    <message>
        <source>&amp;Follow	F</source>
        <translation>&amp;Seguir	F</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>A&amp;yuda</translation>
    </message>
    <message>
        <source>&amp;Open in browser</source>
        <translation>&amp;Abrir en el navegador</translation>
    </message>
    <message>
        <source>&amp;Pause	Space</source>
        <translation>&amp;Pausa	Space</translation>
    </message>
    <message>
        <source>&amp;Projector</source>
        <translation>&amp;Proyector</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>&amp;Salir</translation>
    </message>
    <message>
        <source>&amp;Room</source>
        <translation>&amp;Sala</translation>
    </message>
    <message>
        <source>&amp;Send as server…</source>
        <translation>&amp;Enviar como servidor…</translation>
    </message>
    <message>
        <source>&amp;Server</source>
        <translation>&amp;Servidor</translation>
    </message>
    <message>
        <source>&amp;Start</source>
        <translation>&amp;Iniciar</translation>
    </message>
    <message>
        <source>&amp;Stop</source>
        <translation>&amp;Detener</translation>
    </message>
    <message>
        <source>&amp;Time order	Esc</source>
        <translation>Orden &amp;temporal	Esc</translation>
    </message>
    <message>
        <source>&amp;Traffic</source>
        <translation>&amp;Tráfico</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>&amp;Ver</translation>
    </message>
    <message>
        <source>&apos;{address}&apos; is not an IP address.</source>
        <translation>&apos;{address}&apos; no es una dirección IP.</translation>
    </message>
    <message>
        <source>&apos;{host}&apos; is not an address of this computer.</source>
        <translation>&apos;{host}&apos; no es una dirección de este equipo.</translation>
    </message>
    <message>
        <source>&apos;{username}&apos; is a guest here, who has no account.</source>
        <translation>&apos;{username}&apos; es aquí un invitado, que no tiene cuenta.</translation>
    </message>
    <message>
        <source>&apos;{username}&apos; is a guest, who has neither a password nor another role.</source>
        <translation>&apos;{username}&apos; es un invitado, que no tiene contraseña ni otro rol.</translation>
    </message>
    <message>
        <source>, {count} waiting</source>
        <translation>, {count} en espera</translation>
    </message>
    <message>
        <source>/s</source>
        <translation>/s</translation>
    </message>
    <message>
        <source>1 person is here</source>
        <translation>Hay 1 persona</translation>
    </message>
    <message>
        <source>1. Join the Wi-Fi</source>
        <translation>1. Únase a la wifi</translation>
    </message>
    <message>
        <source>2 min ago</source>
        <translation>hace 2 min</translation>
    </message>
    <message>
        <source>2. Come in: scan, or type</source>
        <translation>2. Entre: escanee o escriba</translation>
    </message>
    <message>
        <source>32 characters or more</source>
        <translation>32 caracteres o más</translation>
    </message>
    <message>
        <source>A Wi-Fi&apos;s name has at most 32 bytes.</source>
        <translation>El nombre de una wifi tiene como máximo 32 bytes.</translation>
    </message>
    <message>
        <source>A Wi-Fi&apos;s password has 8 to 63 characters.</source>
        <translation>La contraseña de una wifi tiene de 8 a 63 caracteres.</translation>
    </message>
    <message>
        <source>A client that reads so slowly that more than this waits for it is closed (4008).</source>
        <translation>Se cierra (4008) un cliente que lee tan despacio que le espera más que esto.</translation>
    </message>
    <message>
        <source>A connection that does not answer a ping in time is ended.</source>
        <translation>Se termina una conexión que no responde a un ping a tiempo.</translation>
    </message>
    <message>
        <source>A connection that has not authenticated by then is closed (4001).</source>
        <translation>Se cierra (4001) una conexión que no se ha autenticado para entonces.</translation>
    </message>
    <message>
        <source>A direct names its recipient in “to”: a user or a connection.</source>
        <translation>Un mensaje directo nombra a su destinatario en «to»: un usuario o una conexión.</translation>
    </message>
    <message>
        <source>A file in {folder} is not a certificate or key.</source>
        <translation>Un archivo de {folder} no es un certificado ni una clave.</translation>
    </message>
    <message>
        <source>A frame is a JSON object with a “type”: authenticate, message or direct.</source>
        <translation>Una trama es un objeto JSON con un «type»: authenticate, message o direct.</translation>
    </message>
    <message>
        <source>A host may also manage this server over HTTP.</source>
        <translation>Un anfitrión también puede administrar este servidor por HTTP.</translation>
    </message>
    <message>
        <source>A key is missing beside a dot.</source>
        <translation>Falta una clave junto a un punto.</translation>
    </message>
    <message>
        <source>A language is written as a short code, such as en, de or pt-BR.</source>
        <translation>Un idioma se escribe como código corto, por ejemplo en, de o pt-BR.</translation>
    </message>
    <message>
        <source>A larger one ends the connection (1009). Many clients take no more than 1 MiB.</source>
        <translation>Uno mayor termina la conexión (1009). Muchos clientes no aceptan más de 1 MiB.</translation>
    </message>
    <message>
        <source>A message from the tray when a login was refused.</source>
        <translation>Un aviso desde la bandeja cuando se rechaza un inicio de sesión.</translation>
    </message>
    <message>
        <source>A message from the tray when somebody connects first.</source>
        <translation>Un aviso desde la bandeja cuando alguien se conecta primero.</translation>
    </message>
    <message>
        <source>A message from the tray when somebody waits for approval.</source>
        <translation>Un aviso desde la bandeja cuando alguien espera aprobación.</translation>
    </message>
    <message>
        <source>A message to {to} was not fetched in time, and is gone.</source>
        <translation>Un mensaje para {to} no se recogió a tiempo y se ha perdido.</translation>
    </message>
    <message>
        <source>A newer version</source>
        <translation>Una versión más nueva</translation>
    </message>
    <message>
        <source>A number or nothing.</source>
        <translation>Un número o nada.</translation>
    </message>
    <message>
        <source>A real-time WebSocket server with real logins. MIT licence.</source>
        <translation>Un servidor WebSocket en tiempo real con inicios de sesión reales. Licencia MIT.</translation>
    </message>
    <message>
        <source>A recording…</source>
        <translation>Una grabación…</translation>
    </message>
    <message>
        <source>A regular expression stands between two slashes, /like this/.</source>
        <translation>Una expresión regular va entre dos barras, /así/.</translation>
    </message>
    <message>
        <source>A request has exactly one &apos;Host&apos; header.</source>
        <translation>Una petición tiene exactamente una cabecera &apos;Host&apos;.</translation>
    </message>
    <message>
        <source>A rule of the firewall ufw blocks port {port}.</source>
        <translation>Una regla del cortafuegos ufw bloquea el puerto {port}.</translation>
    </message>
    <message>
        <source>A sentence that everybody reads before they come in.</source>
        <translation>Una frase que todos leen antes de entrar.</translation>
    </message>
    <message>
        <source>A size is a number of bytes, such as size&gt;200 or size&lt;10k.</source>
        <translation>Un tamaño es un número de bytes, como size&gt;200 o size&lt;10k.</translation>
    </message>
    <message>
        <source>A time is a number of ms or s, such as took&gt;100ms or took&gt;1.5s.</source>
        <translation>Una duración es un número de ms o s, como took&gt;100ms o took&gt;1.5s.</translation>
    </message>
    <message>
        <source>A time of day is written as 20:41 or 20:41:05.</source>
        <translation>Una hora del día se escribe 20:41 o 20:41:05.</translation>
    </message>
    <message>
        <source>A visitor, who has no account here.</source>
        <translation>Un visitante, que no tiene cuenta aquí.</translation>
    </message>
    <message>
        <source>About Authws Desktop</source>
        <translation>Acerca de Authws Desktop</translation>
    </message>
    <message>
        <source>Accept</source>
        <translation>Aceptar</translation>
    </message>
    <message>
        <source>Accept them, and they can log in.</source>
        <translation>Acéptelo y podrá iniciar sesión.</translation>
    </message>
    <message>
        <source>Accepted {names}. They can log in now.</source>
        <translation>Aceptado: {names}. Ya puede iniciar sesión.</translation>
    </message>
    <message>
        <source>Account</source>
        <translation>Cuenta</translation>
    </message>
    <message>
        <source>Account or token ended ({code}).</source>
        <translation>La cuenta o el token terminó ({code}).</translation>
    </message>
    <message>
        <source>Accounts</source>
        <translation>Cuentas</translation>
    </message>
    <message>
        <source>Accounts that were made with them stay.</source>
        <translation>Las cuentas creadas con ellas permanecen.</translation>
    </message>
    <message>
        <source>Activity</source>
        <translation>Actividad</translation>
    </message>
    <message>
        <source>Activity of the last 2 minutes</source>
        <translation>Actividad de los últimos 2 minutos</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>Añadir</translation>
    </message>
    <message>
        <source>Add &amp;virtual users…</source>
        <translation>Añadir usuarios &amp;virtuales…</translation>
    </message>
    <message>
        <source>Add a column</source>
        <translation>Añadir una columna</translation>
    </message>
    <message>
        <source>Add column…</source>
        <translation>Añadir columna…</translation>
    </message>
    <message>
        <source>Add virtual users</source>
        <translation>Añadir usuarios virtuales</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>Dirección</translation>
    </message>
    <message>
        <source>Address in the snippets</source>
        <translation>Dirección en los ejemplos</translation>
    </message>
    <message>
        <source>Address on the cards</source>
        <translation>Dirección en las tarjetas</translation>
    </message>
    <message>
        <source>Address to give out</source>
        <translation>Dirección que se da</translation>
    </message>
    <message>
        <source>Address to show</source>
        <translation>Dirección mostrada</translation>
    </message>
    <message>
        <source>Addresses or networks of your own reverse proxies, such as 10.0.0.0/8: what they say of a client&apos;s address (X-Forwarded-For) is believed.</source>
        <translation>Direcciones o redes de sus propios proxies inversos, como 10.0.0.0/8: se cree lo que dicen de la dirección de un cliente (X-Forwarded-For).</translation>
    </message>
    <message>
        <source>Administrative acts</source>
        <translation>Actos administrativos</translation>
    </message>
    <message>
        <source>After too many wrong passwords, people are listed here.</source>
        <translation>Tras demasiadas contraseñas erróneas, las personas aparecen aquí.</translation>
    </message>
    <message>
        <source>All buffers</source>
        <translation>Todos los búferes</translation>
    </message>
    <message>
        <source>All nodes, half a second late</source>
        <translation>Todos los nodos, con medio segundo de retraso</translation>
    </message>
    <message>
        <source>All that is kept</source>
        <translation>Todo lo guardado</translation>
    </message>
    <message>
        <source>Allow writing to the file and its folder, or choose another data folder; of PostgreSQL, name the server that is no standby.</source>
        <translation>Permita escribir en el archivo y su carpeta, o elija otra carpeta de datos; en PostgreSQL, indique el servidor que no sea de reserva.</translation>
    </message>
    <message>
        <source>Allow writing to the file and its folder.</source>
        <translation>Permita escribir en el archivo y su carpeta.</translation>
    </message>
    <message>
        <source>Allow {entry} from now on; nobody is disconnected.</source>
        <translation>Permita {entry} desde ahora; no se desconecta a nadie.</translation>
    </message>
    <message>
        <source>Allowed host names</source>
        <translation>Nombres de host permitidos</translation>
    </message>
    <message>
        <source>Allowed origins</source>
        <translation>Orígenes permitidos</translation>
    </message>
    <message>
        <source>Also the last 50 messages before</source>
        <translation>También los 50 mensajes anteriores</translation>
    </message>
    <message>
        <source>Also what few people change</source>
        <translation>También lo que pocos cambian</translation>
    </message>
    <message>
        <source>An announcement has at most {max_characters} characters; this one has {said}.</source>
        <translation>Un anuncio tiene como máximo {max_characters} caracteres; este tiene {said}.</translation>
    </message>
    <message>
        <source>An announcement needs a text.</source>
        <translation>Un anuncio necesita un texto.</translation>
    </message>
    <message>
        <source>Announce</source>
        <translation>Anunciar</translation>
    </message>
    <message>
        <source>Announcement to everyone</source>
        <translation>Anuncio para todos</translation>
    </message>
    <message>
        <source>Announce…</source>
        <translation>Anunciar…</translation>
    </message>
    <message>
        <source>Announce… (nobody is logged in)</source>
        <translation>Anunciar… (nadie ha iniciado sesión)</translation>
    </message>
    <message>
        <source>Another algorithm than HS256 is named.</source>
        <translation>Se nombra un algoritmo distinto de HS256.</translation>
    </message>
    <message>
        <source>Answer within</source>
        <translation>Responder en</translation>
    </message>
    <message>
        <source>Answers</source>
        <translation>Respuestas</translation>
    </message>
    <message>
        <source>App</source>
        <translation>App</translation>
    </message>
    <message>
        <source>Approval: you accept each newcomer</source>
        <translation>Aprobación: usted acepta a cada recién llegado</translation>
    </message>
    <message>
        <source>As</source>
        <translation>Como</translation>
    </message>
    <message>
        <source>As CSV…</source>
        <translation>Como CSV…</translation>
    </message>
    <message>
        <source>As JSON Lines…</source>
        <translation>Como JSON Lines…</translation>
    </message>
    <message>
        <source>As it was at {time}: {there}</source>
        <translation>Como estaba a las {time}: {there}</translation>
    </message>
    <message>
        <source>As set below</source>
        <translation>Como está abajo</translation>
    </message>
    <message>
        <source>As the environment says</source>
        <translation>Según el entorno</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>Como el sistema</translation>
    </message>
    <message>
        <source>Ask the host for a new one.</source>
        <translation>Pida uno nuevo al anfitrión.</translation>
    </message>
    <message>
        <source>Ask the host for one.</source>
        <translation>Pida uno al anfitrión.</translation>
    </message>
    <message>
        <source>Ask the host to enable it.</source>
        <translation>Pida al anfitrión que la habilite.</translation>
    </message>
    <message>
        <source>Ask the host to end those who are gone.</source>
        <translation>Pida al anfitrión que retire a los que ya se han ido.</translation>
    </message>
    <message>
        <source>Ask the host to look at them, then try again.</source>
        <translation>Pida al anfitrión que los revise y vuelva a intentarlo.</translation>
    </message>
    <message>
        <source>Ask the recipient before it is sent a second time.</source>
        <translation>Pregunte al destinatario antes de enviarlo por segunda vez.</translation>
    </message>
    <message>
        <source>Ask what to do</source>
        <translation>Preguntar qué hacer</translation>
    </message>
    <message>
        <source>Asked</source>
        <translation>Pedido</translation>
    </message>
    <message>
        <source>Asking…</source>
        <translation>Preguntando…</translation>
    </message>
    <message>
        <source>Asks the page of this program, and sends nothing else.</source>
        <translation>Pregunta a la página de este programa y no envía nada más.</translation>
    </message>
    <message>
        <source>At least 8 characters of any kind.</source>
        <translation>Al menos 8 caracteres de cualquier tipo.</translation>
    </message>
    <message>
        <source>At the start and once a day, the page of this program is asked. Off: nobody is asked.</source>
        <translation>Al iniciar y una vez al día se pregunta a la página de este programa. Desactivado: no se pregunta a nadie.</translation>
    </message>
    <message>
        <source>Audit</source>
        <translation>Auditoría</translation>
    </message>
    <message>
        <source>Authws Desktop</source>
        <translation>Authws Desktop</translation>
    </message>
    <message>
        <source>Authws Desktop cannot start</source>
        <translation>Authws Desktop no puede iniciarse</translation>
    </message>
    <message>
        <source>Authws Desktop is already open ({who}), but it does not answer. Wait a moment, or end that process, and start it again.</source>
        <translation>Authws Desktop ya está abierto ({who}), pero no responde. Espere un momento o termine ese proceso, e inícielo de nuevo.</translation>
    </message>
    <message>
        <source>B hides everything    W Wi-Fi…    F11 whole screen    Esc closes</source>
        <translation>B oculta todo    W wifi…    F11 pantalla completa    Esc cierra</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>Atrás</translation>
    </message>
    <message>
        <source>Back to live</source>
        <translation>Volver a En vivo</translation>
    </message>
    <message>
        <source>Back to now</source>
        <translation>Volver al presente</translation>
    </message>
    <message>
        <source>Back to the live traffic</source>
        <translation>Volver al tráfico en vivo</translation>
    </message>
    <message>
        <source>Ban</source>
        <translation>Bloquear</translation>
    </message>
    <message>
        <source>Ban address…</source>
        <translation>Bloquear dirección…</translation>
    </message>
    <message>
        <source>Ban the address instead.</source>
        <translation>Bloquee la dirección en su lugar.</translation>
    </message>
    <message>
        <source>Ban user…</source>
        <translation>Bloquear usuario…</translation>
    </message>
    <message>
        <source>Ban {whom}?</source>
        <translation>¿Bloquear {whom}?</translation>
    </message>
    <message>
        <source>Bandwidth</source>
        <translation>Ancho de banda</translation>
    </message>
    <message>
        <source>Banned by the host ({code}).</source>
        <translation>Bloqueado por el anfitrión ({code}).</translation>
    </message>
    <message>
        <source>Banned until</source>
        <translation>Bloqueado hasta</translation>
    </message>
    <message>
        <source>Bans</source>
        <translation>Bloqueos</translation>
    </message>
    <message>
        <source>Bans…</source>
        <translation>Bloqueos…</translation>
    </message>
    <message>
        <source>Beyond every calendar.</source>
        <translation>Más allá de todo calendario.</translation>
    </message>
    <message>
        <source>Both ways</source>
        <translation>Ambos sentidos</translation>
    </message>
    <message>
        <source>By time again, with what came meanwhile (Esc)</source>
        <translation>Otra vez por hora, con lo que llegó entretanto (Esc)</translation>
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
        <translation>Archivos CSV (*.csv)</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>Cancelar</translation>
    </message>
    <message>
        <source>Cancelled.</source>
        <translation>Cancelado.</translation>
    </message>
    <message>
        <source>Cancelled; no account was made.</source>
        <translation>Cancelado; no se creó ninguna cuenta.</translation>
    </message>
    <message>
        <source>Cannot listen on {host} port {port}: {value}.</source>
        <translation>No se puede escuchar en {host}, puerto {port}: {value}.</translation>
    </message>
    <message>
        <source>Certificate file</source>
        <translation>Archivo de certificado</translation>
    </message>
    <message>
        <source>Certificate until {date}, SHA-256 {code}</source>
        <translation>Certificado hasta {date}, SHA-256 {code}</translation>
    </message>
    <message>
        <source>Certificate until {date}. SHA-256 of its authority: {code}</source>
        <translation>Certificado hasta {date}. SHA-256 de su autoridad: {code}</translation>
    </message>
    <message>
        <source>Change</source>
        <translation>Cambiar</translation>
    </message>
    <message>
        <source>Change it there, or unset it to use a file.</source>
        <translation>Cámbielo allí, o quítelo para usar un archivo.</translation>
    </message>
    <message>
        <source>Changed “{setting}” under Settings; it holds from now on.</source>
        <translation>Se cambió «{setting}» en Ajustes; vale desde ahora.</translation>
    </message>
    <message>
        <source>Chatter: each talks to everyone</source>
        <translation>Charla: cada uno habla a todos</translation>
    </message>
    <message>
        <source>Check again</source>
        <translation>Comprobar de nuevo</translation>
    </message>
    <message>
        <source>Check its brackets and quotes.</source>
        <translation>Revise sus paréntesis y comillas.</translation>
    </message>
    <message>
        <source>Check that it can be reached and written, or choose another one.</source>
        <translation>Compruebe que se puede acceder y escribir en él, o elija otro.</translation>
    </message>
    <message>
        <source>Check the &amp;network…</source>
        <translation>Comprobar la &amp;red…</translation>
    </message>
    <message>
        <source>Check the clocks of both computers.</source>
        <translation>Compruebe los relojes de ambos equipos.</translation>
    </message>
    <message>
        <source>Check the network</source>
        <translation>Comprobar la red</translation>
    </message>
    <message>
        <source>Checking…</source>
        <translation>Comprobando…</translation>
    </message>
    <message>
        <source>Choose My network in the server bar to let others in.</source>
        <translation>Elija Mi red en la barra del servidor para dejar entrar a otros.</translation>
    </message>
    <message>
        <source>Choose a line to lift it.</source>
        <translation>Elija una línea para levantarla.</translation>
    </message>
    <message>
        <source>Choose a lower level or change the search.</source>
        <translation>Elija un nivel inferior o cambie la búsqueda.</translation>
    </message>
    <message>
        <source>Choose a row above to see what is in it.</source>
        <translation>Elija una fila arriba para ver qué contiene.</translation>
    </message>
    <message>
        <source>Choose a time to come.</source>
        <translation>Elija un momento futuro.</translation>
    </message>
    <message>
        <source>Choose another file or database.</source>
        <translation>Elija otro archivo u otra base de datos.</translation>
    </message>
    <message>
        <source>Choose another one to listen on.</source>
        <translation>Elija otra para escuchar.</translation>
    </message>
    <message>
        <source>Choose another one.</source>
        <translation>Elija otro.</translation>
    </message>
    <message>
        <source>Choose one above 1023.</source>
        <translation>Elija uno superior a 1023.</translation>
    </message>
    <message>
        <source>Choose one or many; Ctrl+A chooses all.</source>
        <translation>Elija una o varias; Ctrl+A elige todas.</translation>
    </message>
    <message>
        <source>Choose one to end it.</source>
        <translation>Elija uno para terminarlo.</translation>
    </message>
    <message>
        <source>Choose one to see all about it, or many to act on them.</source>
        <translation>Elija una para ver todo sobre ella, o varias para actuar sobre ellas.</translation>
    </message>
    <message>
        <source>Choose the {name}</source>
        <translation>Elegir {name}</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>Elegir…</translation>
    </message>
    <message>
        <source>Chosen users</source>
        <translation>Usuarios elegidos</translation>
    </message>
    <message>
        <source>Claim</source>
        <translation>Dato</translation>
    </message>
    <message>
        <source>Claims</source>
        <translation>Datos</translation>
    </message>
    <message>
        <source>Claims of the token</source>
        <translation>Datos del token</translation>
    </message>
    <message>
        <source>Clear</source>
        <translation>Vaciar</translation>
    </message>
    <message>
        <source>Clear messages…</source>
        <translation>Borrar mensajes…</translation>
    </message>
    <message>
        <source>Clear search</source>
        <translation>Vaciar búsqueda</translation>
    </message>
    <message>
        <source>Clear the messages kept?</source>
        <translation>¿Borrar los mensajes guardados?</translation>
    </message>
    <message>
        <source>Clear {messages}</source>
        <translation>Borrar {messages}</translation>
    </message>
    <message>
        <source>Cleared</source>
        <translation>Vaciado</translation>
    </message>
    <message>
        <source>Cleared {messages}.</source>
        <translation>Borrado: {messages}.</translation>
    </message>
    <message>
        <source>Cleared {rows}.</source>
        <translation>Vaciado: {rows}.</translation>
    </message>
    <message>
        <source>Client</source>
        <translation>Cliente</translation>
    </message>
    <message>
        <source>Clients</source>
        <translation>Clientes</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Cerrar</translation>
    </message>
    <message>
        <source>Close (Esc)</source>
        <translation>Cerrar (Esc)</translation>
    </message>
    <message>
        <source>Close Authws Desktop?</source>
        <translation>¿Cerrar Authws Desktop?</translation>
    </message>
    <message>
        <source>Close now with</source>
        <translation>Cerrar ahora con</translation>
    </message>
    <message>
        <source>Close that program, then try again.</source>
        <translation>Cierre ese programa e inténtelo de nuevo.</translation>
    </message>
    <message>
        <source>Close that program.</source>
        <translation>Cierre ese programa.</translation>
    </message>
    <message>
        <source>Close the detail</source>
        <translation>Cerrar el detalle</translation>
    </message>
    <message>
        <source>Close this note</source>
        <translation>Cerrar esta nota</translation>
    </message>
    <message>
        <source>Closed: only you make accounts</source>
        <translation>Cerrado: solo usted crea cuentas</translation>
    </message>
    <message>
        <source>Closing the window</source>
        <translation>Al cerrar la ventana</translation>
    </message>
    <message>
        <source>Cluster</source>
        <translation>Clúster</translation>
    </message>
    <message>
        <source>Code</source>
        <translation>Código</translation>
    </message>
    <message>
        <source>Code that joins the Wi-Fi {name}</source>
        <translation>Código para unirse a la wifi {name}</translation>
    </message>
    <message>
        <source>Colours</source>
        <translation>Colores</translation>
    </message>
    <message>
        <source>Come in: scan, or type</source>
        <translation>Entre: escanee o escriba</translation>
    </message>
    <message>
        <source>Comment</source>
        <translation>Comentario</translation>
    </message>
    <message>
        <source>Comment this row</source>
        <translation>Comentar esta fila</translation>
    </message>
    <message>
        <source>Comment…</source>
        <translation>Comentar…</translation>
    </message>
    <message>
        <source>Compare the last two runs</source>
        <translation>Comparar las dos últimas ejecuciones</translation>
    </message>
    <message>
        <source>Compare with a file…</source>
        <translation>Comparar con un archivo…</translation>
    </message>
    <message>
        <source>Compare with exported traffic</source>
        <translation>Comparar con tráfico exportado</translation>
    </message>
    <message>
        <source>Connect</source>
        <translation>Conectar</translation>
    </message>
    <message>
        <source>Connect your program</source>
        <translation>Conecte su programa</translation>
    </message>
    <message>
        <source>Connected</source>
        <translation>Conectado</translation>
    </message>
    <message>
        <source>Connected elsewhere</source>
        <translation>Conectado en otro sitio</translation>
    </message>
    <message>
        <source>Connected users</source>
        <translation>Usuarios conectados</translation>
    </message>
    <message>
        <source>Connection</source>
        <translation>Conexión</translation>
    </message>
    <message>
        <source>Connection #{number} {name}</source>
        <translation>Conexión #{number} {name}</translation>
    </message>
    <message>
        <source>Connections</source>
        <translation>Conexiones</translation>
    </message>
    <message>
        <source>Connections accepted at the same time.</source>
        <translation>Conexiones aceptadas al mismo tiempo.</translation>
    </message>
    <message>
        <source>Connections are broken on purpose.</source>
        <translation>Las conexiones se perturban a propósito.</translation>
    </message>
    <message>
        <source>Connections from one address</source>
        <translation>Conexiones desde una dirección</translation>
    </message>
    <message>
        <source>Connections: {now} now, {most} at most in the last 2 minutes.</source>
        <translation>Conexiones: {now} ahora, {most} como máximo en los últimos 2 minutos.</translation>
    </message>
    <message>
        <source>Content</source>
        <translation>Contenido</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>Copiado</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Copiar</translation>
    </message>
    <message>
        <source>Copy &amp;web address</source>
        <translation>Copiar dirección &amp;web</translation>
    </message>
    <message>
        <source>Copy as JSON</source>
        <translation>Copiar como JSON</translation>
    </message>
    <message>
        <source>Copy both</source>
        <translation>Copiar ambos</translation>
    </message>
    <message>
        <source>Copy list</source>
        <translation>Copiar lista</translation>
    </message>
    <message>
        <source>Copy name</source>
        <translation>Copiar nombre</translation>
    </message>
    <message>
        <source>Copy name and password</source>
        <translation>Copiar nombre y contraseña</translation>
    </message>
    <message>
        <source>Copy names</source>
        <translation>Copiar nombres</translation>
    </message>
    <message>
        <source>Copy password</source>
        <translation>Copiar contraseña</translation>
    </message>
    <message>
        <source>Copy payload</source>
        <translation>Copiar contenido</translation>
    </message>
    <message>
        <source>Copy the WebSocket address</source>
        <translation>Copiar la dirección WebSocket</translation>
    </message>
    <message>
        <source>Copy the address to try</source>
        <translation>Copiar la dirección de prueba</translation>
    </message>
    <message>
        <source>Copy the chosen lines, or all that are shown</source>
        <translation>Copiar las líneas elegidas, o todas las mostradas</translation>
    </message>
    <message>
        <source>Copy the payload as it was sent, without tokens and passwords</source>
        <translation>Copiar el contenido tal como se envió, sin tokens ni contraseñas</translation>
    </message>
    <message>
        <source>Copy the secret</source>
        <translation>Copiar el secreto</translation>
    </message>
    <message>
        <source>Copy the snippet for {language}</source>
        <translation>Copiar el ejemplo de {language}</translation>
    </message>
    <message>
        <source>Copy the versions</source>
        <translation>Copiar las versiones</translation>
    </message>
    <message>
        <source>Copy the web address</source>
        <translation>Copiar la dirección web</translation>
    </message>
    <message>
        <source>Copy this message</source>
        <translation>Copiar este mensaje</translation>
    </message>
    <message>
        <source>Copy web address</source>
        <translation>Copiar dirección web</translation>
    </message>
    <message>
        <source>Copy {what}</source>
        <translation>Copiar {what}</translation>
    </message>
    <message>
        <source>Correct it, or move it away to start with defaults.</source>
        <translation>Corríjalo, o apártelo para empezar con los valores predeterminados.</translation>
    </message>
    <message>
        <source>Correct the rights of the file and its folder, or choose another data folder.</source>
        <translation>Corrija los permisos del archivo y su carpeta, o elija otra carpeta de datos.</translation>
    </message>
    <message>
        <source>Correct the rights of the file and its folder.</source>
        <translation>Corrija los permisos del archivo y su carpeta.</translation>
    </message>
    <message>
        <source>Could not listen on {where}</source>
        <translation>No se pudo escuchar en {where}</translation>
    </message>
    <message>
        <source>Counts by now.</source>
        <translation>Ya es válido.</translation>
    </message>
    <message>
        <source>Counts only {ahead} from now.</source>
        <translation>No es válido hasta dentro de {ahead}.</translation>
    </message>
    <message>
        <source>Counts since {time}</source>
        <translation>Vale desde {time}</translation>
    </message>
    <message>
        <source>Counts {time}</source>
        <translation>Vale {time}</translation>
    </message>
    <message>
        <source>Create invitation</source>
        <translation>Crear invitación</translation>
    </message>
    <message>
        <source>Create one here and hand on its name and password, or make a test user with a token and ready snippets. People may also register by themselves while registration is open.</source>
        <translation>Cree una aquí y entregue su nombre y contraseña, o cree un usuario de prueba con token y ejemplos listos. También pueden registrarse por sí mismos mientras el registro esté abierto.</translation>
    </message>
    <message>
        <source>Create user</source>
        <translation>Crear usuario</translation>
    </message>
    <message>
        <source>Create {accounts}</source>
        <translation>Crear {accounts}</translation>
    </message>
    <message>
        <source>Created</source>
        <translation>Creado</translation>
    </message>
    <message>
        <source>Created {accounts}.</source>
        <translation>Creado: {accounts}.</translation>
    </message>
    <message>
        <source>Created {accounts}. The passwords stay on the Accounts page until you put them away.</source>
        <translation>Creado: {accounts}. Las contraseñas quedan en la página Cuentas hasta que las guarde.</translation>
    </message>
    <message>
        <source>Created {accounts}. They log in with the passwords they have.</source>
        <translation>Creado: {accounts}. Inician sesión con las contraseñas que tienen.</translation>
    </message>
    <message>
        <source>Created {name}.</source>
        <translation>{name} creado.</translation>
    </message>
    <message>
        <source>Cut after</source>
        <translation>Cortar tras</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>Oscuro</translation>
    </message>
    <message>
        <source>Database address</source>
        <translation>Dirección de la base de datos</translation>
    </message>
    <message>
        <source>Database: {state}</source>
        <translation>Base de datos: {state}</translation>
    </message>
    <message>
        <source>Debug</source>
        <translation>Depuración</translation>
    </message>
    <message>
        <source>Default: {default}</source>
        <translation>Predeterminado: {default}</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Eliminar</translation>
    </message>
    <message>
        <source>Delete this user…</source>
        <translation>Eliminar este usuario…</translation>
    </message>
    <message>
        <source>Delete {accounts}</source>
        <translation>Eliminar {accounts}</translation>
    </message>
    <message>
        <source>Delete {names}?</source>
        <translation>¿Eliminar {names}?</translation>
    </message>
    <message>
        <source>Deletes {who} for good and {ends}.</source>
        <translation>Elimina {who} para siempre y {ends}.</translation>
    </message>
    <message>
        <source>Delivery</source>
        <translation>Entrega</translation>
    </message>
    <message>
        <source>Denies {names}.</source>
        <translation>Rechaza a {names}.</translation>
    </message>
    <message>
        <source>Deny</source>
        <translation>Rechazar</translation>
    </message>
    <message>
        <source>Deny {names}?</source>
        <translation>¿Rechazar a {names}?</translation>
    </message>
    <message>
        <source>Deny…</source>
        <translation>Rechazar…</translation>
    </message>
    <message>
        <source>Desktop</source>
        <translation>Escritorio</translation>
    </message>
    <message>
        <source>Detail of the row</source>
        <translation>Detalle de la fila</translation>
    </message>
    <message>
        <source>Development</source>
        <translation>Desarrollo</translation>
    </message>
    <message>
        <source>Development writes a more detailed log.</source>
        <translation>Desarrollo escribe un registro más detallado.</translation>
    </message>
    <message>
        <source>Did not authenticate in time ({code}).</source>
        <translation>No se autenticó a tiempo ({code}).</translation>
    </message>
    <message>
        <source>Did the program mean “{value}”?</source>
        <translation>¿Quería decir el programa «{value}»?</translation>
    </message>
    <message>
        <source>Did you mean {each}?</source>
        <translation>¿Querías decir {each}?</translation>
    </message>
    <message>
        <source>Did you mean “{value}”?</source>
        <translation>¿Quería decir «{value}»?</translation>
    </message>
    <message>
        <source>Dir</source>
        <translation>Dir.</translation>
    </message>
    <message>
        <source>Direction</source>
        <translation>Sentido</translation>
    </message>
    <message>
        <source>Directs</source>
        <translation>Directos</translation>
    </message>
    <message>
        <source>Directs among guests</source>
        <translation>Directos entre invitados</translation>
    </message>
    <message>
        <source>Disable</source>
        <translation>Desactivar</translation>
    </message>
    <message>
        <source>Disable {names}?</source>
        <translation>¿Desactivar {names}?</translation>
    </message>
    <message>
        <source>Disables {who} and {ends}.</source>
        <translation>Desactiva {who} y {ends}.</translation>
    </message>
    <message>
        <source>Disconnect</source>
        <translation>Desconectar</translation>
    </message>
    <message>
        <source>Disconnect everyone now ({clients}); all have to log in again</source>
        <translation>Desconectar a todos ahora ({clients}); todos deben iniciar sesión de nuevo</translation>
    </message>
    <message>
        <source>Disconnect {connections}?</source>
        <translation>¿Desconectar {connections}?</translation>
    </message>
    <message>
        <source>Disconnect {whom}?</source>
        <translation>¿Desconectar a {whom}?</translation>
    </message>
    <message>
        <source>Disconnected by the host ({code}).</source>
        <translation>Desconectado por el anfitrión ({code}).</translation>
    </message>
    <message>
        <source>Disconnects {connections} now, and refuses every new one.</source>
        <translation>Desconecta {connections} ahora y rechaza cada nueva.</translation>
    </message>
    <message>
        <source>Do not ask again (Settings, Desktop)</source>
        <translation>No volver a preguntar (Ajustes, Escritorio)</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Hecho</translation>
    </message>
    <message>
        <source>Done as {client}. What followed is in the traffic.</source>
        <translation>Hecho como {client}. Lo que siguió está en el tráfico.</translation>
    </message>
    <message>
        <source>Doubled</source>
        <translation>Duplicados</translation>
    </message>
    <message>
        <source>Drag to show only a part of the time; a double click shows all.</source>
        <translation>Arrastre para mostrar solo una parte del tiempo; un doble clic muestra todo.</translation>
    </message>
    <message>
        <source>Drain</source>
        <translation>Vaciar</translation>
    </message>
    <message>
        <source>Drain for</source>
        <translation>Vaciar durante</translation>
    </message>
    <message>
        <source>Drain {node}?</source>
        <translation>¿Vaciar {node}?</translation>
    </message>
    <message>
        <source>Drain…</source>
        <translation>Vaciar…</translation>
    </message>
    <message>
        <source>Each account gets a generated password of its own.</source>
        <translation>Cada cuenta recibe una contraseña generada propia.</translation>
    </message>
    <message>
        <source>Each node sends 2,000 rows a second at most.</source>
        <translation>Cada nodo envía como máximo 2000 filas por segundo.</translation>
    </message>
    <message>
        <source>Echo: each writes to the next one, who writes back</source>
        <translation>Eco: cada uno escribe al siguiente, que responde</translation>
    </message>
    <message>
        <source>Edit</source>
        <translation>Editar</translation>
    </message>
    <message>
        <source>Edit {names}</source>
        <translation>Editar {names}</translation>
    </message>
    <message>
        <source>Empty for an open network.</source>
        <translation>Vacío para una red abierta.</translation>
    </message>
    <message>
        <source>Empty the view; can be undone for 10 s (Ctrl+L)</source>
        <translation>Vaciar la vista; se puede deshacer durante 10 s (Ctrl+L)</translation>
    </message>
    <message>
        <source>Empty: HS256 with this server&apos;s secret. Or public keys: a PEM or JWKS file, or a JWKS URL.</source>
        <translation>Vacío: HS256 con el secreto de este servidor. O claves públicas: un archivo PEM o JWKS, o una URL JWKS.</translation>
    </message>
    <message>
        <source>Empty: SQLite in the data folder. Or an SQLAlchemy URL; takes effect at next launch.</source>
        <translation>Vacío: SQLite en la carpeta de datos. O una URL de SQLAlchemy; vale desde el próximo inicio.</translation>
    </message>
    <message>
        <source>Empty: alone. redis://HOST:PORT/0?name=NAME: one of several (docs/cluster.md).</source>
        <translation>Vacío: solo. redis://HOST:PORT/0?name=NAME: uno de varios (docs/cluster.md).</translation>
    </message>
    <message>
        <source>Empty: info in production, debug in development.</source>
        <translation>Vacío: info en producción, debug en desarrollo.</translation>
    </message>
    <message>
        <source>Enable</source>
        <translation>Activar</translation>
    </message>
    <message>
        <source>Enable the account to let them in.</source>
        <translation>Habilite la cuenta para que pueda entrar.</translation>
    </message>
    <message>
        <source>Enable {username} or lift the ban to let them in.</source>
        <translation>Habilite a {username} o levante el bloqueo para que pueda entrar.</translation>
    </message>
    <message>
        <source>Enabled {names}.</source>
        <translation>{names} activado.</translation>
    </message>
    <message>
        <source>End</source>
        <translation>Terminar</translation>
    </message>
    <message>
        <source>End all</source>
        <translation>Terminar todo</translation>
    </message>
    <message>
        <source>End all guests?</source>
        <translation>¿Terminar a todos los invitados?</translation>
    </message>
    <message>
        <source>End faults</source>
        <translation>Terminar fallos</translation>
    </message>
    <message>
        <source>End guests</source>
        <translation>Terminar invitados</translation>
    </message>
    <message>
        <source>End guests…</source>
        <translation>Terminar invitados…</translation>
    </message>
    <message>
        <source>End {guests}…</source>
        <translation>Terminar {guests}…</translation>
    </message>
    <message>
        <source>Ending connections…</source>
        <translation>Terminando conexiones…</translation>
    </message>
    <message>
        <source>Ends</source>
        <translation>Termina</translation>
    </message>
    <message>
        <source>Ends after</source>
        <translation>Termina tras</translation>
    </message>
    <message>
        <source>Engine: {engine} · {envelopes} envelopes told, {items} items, {dropped} dropped</source>
        <translation>Motor: {engine} · {envelopes} avisos, {items} elementos, {dropped} descartados</translation>
    </message>
    <message>
        <source>Environment</source>
        <translation>Entorno</translation>
    </message>
    <message>
        <source>Error</source>
        <translation>Error</translation>
    </message>
    <message>
        <source>Error &amp;before	Shift+F8</source>
        <translation>Error &amp;anterior	Shift+F8</translation>
    </message>
    <message>
        <source>Errors</source>
        <translation>Errores</translation>
    </message>
    <message>
        <source>Everybody behind the same router may share an address.</source>
        <translation>Todos los que están tras el mismo router pueden compartir una dirección.</translation>
    </message>
    <message>
        <source>Everyone</source>
        <translation>Todos</translation>
    </message>
    <message>
        <source>Everyone ({connections})</source>
        <translation>Todos ({connections})</translation>
    </message>
    <message>
        <source>Everything</source>
        <translation>Todo</translation>
    </message>
    <message>
        <source>Everything that passes shows up here. Programs connect to {address}</source>
        <translation>Todo lo que pasa aparece aquí. Los programas se conectan a {address}</translation>
    </message>
    <message>
        <source>Expired {time}</source>
        <translation>Caducó {time}</translation>
    </message>
    <message>
        <source>Expired {value} ago.</source>
        <translation>Caducó hace {value}.</translation>
    </message>
    <message>
        <source>Expires</source>
        <translation>Caduca</translation>
    </message>
    <message>
        <source>Expires in {value}.</source>
        <translation>Caduca en {value}.</translation>
    </message>
    <message>
        <source>Expires {time}</source>
        <translation>Caduca {time}</translation>
    </message>
    <message>
        <source>Export CSV</source>
        <translation>Exportar CSV</translation>
    </message>
    <message>
        <source>Export all</source>
        <translation>Exportar todo</translation>
    </message>
    <message>
        <source>Export all acts</source>
        <translation>Exportar todos los actos</translation>
    </message>
    <message>
        <source>Export all…</source>
        <translation>Exportar todo…</translation>
    </message>
    <message>
        <source>Export and open</source>
        <translation>Exportar y abrir</translation>
    </message>
    <message>
        <source>Export filtered…</source>
        <translation>Exportar lo filtrado…</translation>
    </message>
    <message>
        <source>Export messages…</source>
        <translation>Exportar mensajes…</translation>
    </message>
    <message>
        <source>Export selected…</source>
        <translation>Exportar lo elegido…</translation>
    </message>
    <message>
        <source>Export {accounts}</source>
        <translation>Exportar {accounts}</translation>
    </message>
    <message>
        <source>Export {messages}</source>
        <translation>Exportar {messages}</translation>
    </message>
    <message>
        <source>Export {rows}</source>
        <translation>Exportar {rows}</translation>
    </message>
    <message>
        <source>Exported rows (*.jsonl)</source>
        <translation>Filas exportadas (*.jsonl)</translation>
    </message>
    <message>
        <source>Exported {accounts} to {file}.</source>
        <translation>{accounts} exportadas a {file}.</translation>
    </message>
    <message>
        <source>Exported {acts} to {file}.</source>
        <translation>{acts} exportados a {file}.</translation>
    </message>
    <message>
        <source>Exported {messages} to {file}.</source>
        <translation>{messages} exportados a {file}.</translation>
    </message>
    <message>
        <source>Exported {rows} to {file}.</source>
        <translation>{rows} exportadas a {file}.</translation>
    </message>
    <message>
        <source>Exporting to {file}</source>
        <translation>Exportando a {file}</translation>
    </message>
    <message>
        <source>F&amp;ilter	/</source>
        <translation>F&amp;iltro	/</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Fallido</translation>
    </message>
    <message>
        <source>Failed logins</source>
        <translation>Inicios fallidos</translation>
    </message>
    <message>
        <source>Failures</source>
        <translation>Fallos</translation>
    </message>
    <message>
        <source>Failures in 15 minutes on an account before growing waits; an address may fail on five times as many accounts; 0: no limit.</source>
        <translation>Fallos en 15 minutos en una cuenta antes de esperas crecientes; una dirección puede fallar en cinco veces más cuentas; 0: sin límite.</translation>
    </message>
    <message>
        <source>Fair</source>
        <translation>Regular</translation>
    </message>
    <message>
        <source>Faults</source>
        <translation>Fallos</translation>
    </message>
    <message>
        <source>Faults that are on</source>
        <translation>Fallos activos</translation>
    </message>
    <message>
        <source>Field &apos;before&apos; must be the id of a message of this server.</source>
        <translation>El campo &apos;before&apos; debe ser el identificador de un mensaje de este servidor.</translation>
    </message>
    <message>
        <source>Field &apos;id&apos; must be the id of a message of this server.</source>
        <translation>El campo &apos;id&apos; debe ser el identificador de un mensaje de este servidor.</translation>
    </message>
    <message>
        <source>Field &apos;{value}&apos; is missing.</source>
        <translation>Falta el campo &apos;{value}&apos;.</translation>
    </message>
    <message>
        <source>Field &apos;{value}&apos; must be {words}.</source>
        <translation>El campo &apos;{value}&apos; debe ser {words}.</translation>
    </message>
    <message>
        <source>Field &apos;{value}&apos;: {value_}.</source>
        <translation>Campo &apos;{value}&apos;: {value_}.</translation>
    </message>
    <message>
        <source>Files: your own certificate</source>
        <translation>Archivos: su propio certificado</translation>
    </message>
    <message>
        <source>Filter</source>
        <translation>Filtro</translation>
    </message>
    <message>
        <source>Filter: words user: type: code: size&gt;1k /regex/ !not</source>
        <translation>Filtro: palabras user: type: code: size&gt;1k /regex/ !no</translation>
    </message>
    <message>
        <source>Find in this payload</source>
        <translation>Buscar en este contenido</translation>
    </message>
    <message>
        <source>First client</source>
        <translation>Primer cliente</translation>
    </message>
    <message>
        <source>Follow</source>
        <translation>Seguir</translation>
    </message>
    <message>
        <source>Follow the system</source>
        <translation>Seguir al sistema</translation>
    </message>
    <message>
        <source>Follow the system, or always light or dark.</source>
        <translation>Seguir al sistema, o siempre claro u oscuro.</translation>
    </message>
    <message>
        <source>For</source>
        <translation>Para</translation>
    </message>
    <message>
        <source>For PostgreSQL install authws-desktop[postgresql].</source>
        <translation>Para PostgreSQL, instale authws-desktop[postgresql].</translation>
    </message>
    <message>
        <source>For a Linux or macOS shell with Node.js; then type messages as JSON.</source>
        <translation>Para un terminal de Linux o macOS con Node.js; después escriba mensajes en JSON.</translation>
    </message>
    <message>
        <source>For a Linux or macOS shell.</source>
        <translation>Para un terminal de Linux o macOS.</translation>
    </message>
    <message>
        <source>For a class or event</source>
        <translation>Para una clase o evento</translation>
    </message>
    <message>
        <source>For a day</source>
        <translation>Por un día</translation>
    </message>
    <message>
        <source>For a week</source>
        <translation>Por una semana</translation>
    </message>
    <message>
        <source>For an hour</source>
        <translation>Por una hora</translation>
    </message>
    <message>
        <source>For programs</source>
        <translation>Para programas</translation>
    </message>
    <message>
        <source>For whom</source>
        <translation>Para quién</translation>
    </message>
    <message>
        <source>Forget this filter</source>
        <translation>Olvidar este filtro</translation>
    </message>
    <message>
        <source>Forget this message</source>
        <translation>Olvidar este mensaje</translation>
    </message>
    <message>
        <source>Fragments of</source>
        <translation>Fragmentos de</translation>
    </message>
    <message>
        <source>Frame over the size limit ({code}).</source>
        <translation>Trama por encima del tamaño máximo ({code}).</translation>
    </message>
    <message>
        <source>Freeze the view; nothing is lost (Space)</source>
        <translation>Congelar la vista; nada se pierde (Espacio)</translation>
    </message>
    <message>
        <source>From</source>
        <translation>De</translation>
    </message>
    <message>
        <source>From clients only</source>
        <translation>Solo de clientes</translation>
    </message>
    <message>
        <source>From now on.</source>
        <translation>Desde ahora.</translation>
    </message>
    <message>
        <source>From telling the others to hearing it back from the engine</source>
        <translation>Desde que se avisa a los demás hasta que el motor lo devuelve</translation>
    </message>
    <message>
        <source>Frozen: nothing passes, and nothing is closed</source>
        <translation>Congelado: nada pasa y nada se cierra</translation>
    </message>
    <message>
        <source>Gaps</source>
        <translation>Huecos</translation>
    </message>
    <message>
        <source>Generate</source>
        <translation>Generar</translation>
    </message>
    <message>
        <source>Generate a new one</source>
        <translation>Generar uno nuevo</translation>
    </message>
    <message>
        <source>Give the account the role host, if it is to do this.</source>
        <translation>Dé a la cuenta el rol host, si debe hacer esto.</translation>
    </message>
    <message>
        <source>Good</source>
        <translation>Bien</translation>
    </message>
    <message>
        <source>Guest</source>
        <translation>Invitado</translation>
    </message>
    <message>
        <source>Guests</source>
        <translation>Invitados</translation>
    </message>
    <message>
        <source>Guests may come in by name</source>
        <translation>Los invitados pueden entrar con su nombre</translation>
    </message>
    <message>
        <source>Guests may not write to each other here.</source>
        <translation>Aquí los invitados no pueden escribirse entre sí.</translation>
    </message>
    <message>
        <source>Guests may write to each other</source>
        <translation>Los invitados pueden escribirse</translation>
    </message>
    <message>
        <source>HS256 needs a long random text.</source>
        <translation>HS256 necesita un texto aleatorio largo.</translation>
    </message>
    <message>
        <source>HS256 needs a secret: a long random text.</source>
        <translation>HS256 necesita un secreto: un texto aleatorio largo.</translation>
    </message>
    <message>
        <source>HS256 needs at least {min_secret_bytes} bytes: with fewer, tokens can be forged by trying secrets.</source>
        <translation>HS256 necesita al menos {min_secret_bytes} bytes: con menos, se pueden falsificar tokens probando secretos.</translation>
    </message>
    <message>
        <source>Hand on the link of an invitation.</source>
        <translation>Entregue el enlace de una invitación.</translation>
    </message>
    <message>
        <source>Header</source>
        <translation>Cabecera</translation>
    </message>
    <message>
        <source>Hex</source>
        <translation>Hex</translation>
    </message>
    <message>
        <source>Hide password</source>
        <translation>Ocultar contraseña</translation>
    </message>
    <message>
        <source>Hide the secret</source>
        <translation>Ocultar el secreto</translation>
    </message>
    <message>
        <source>Hide this type</source>
        <translation>Ocultar este tipo</translation>
    </message>
    <message>
        <source>Highlight</source>
        <translation>Resaltar</translation>
    </message>
    <message>
        <source>History</source>
        <translation>Historial</translation>
    </message>
    <message>
        <source>History file</source>
        <translation>Archivo de historial</translation>
    </message>
    <message>
        <source>History from {oldest} to {newest}: {rows}, read-only.</source>
        <translation>Historial de {oldest} a {newest}: {rows}, solo lectura.</translation>
    </message>
    <message>
        <source>History…</source>
        <translation>Historial…</translation>
    </message>
    <message>
        <source>Holds for passwords that are set from now on; under 8 they are easily guessed.</source>
        <translation>Vale para contraseñas puestas desde ahora; con menos de 8 se adivinan fácilmente.</translation>
    </message>
    <message>
        <source>Host</source>
        <translation>Anfitrión</translation>
    </message>
    <message>
        <source>How long</source>
        <translation>Cuánto tiempo</translation>
    </message>
    <message>
        <source>How long a login lasts; holds for tokens issued from now on.</source>
        <translation>Cuánto dura un inicio de sesión; vale para tokens emitidos desde ahora.</translation>
    </message>
    <message>
        <source>How many</source>
        <translation>Cuántos</translation>
    </message>
    <message>
        <source>How many people.</source>
        <translation>Cuántas personas.</translation>
    </message>
    <message>
        <source>How often an idle connection is pinged.</source>
        <translation>Cada cuánto se hace ping a una conexión inactiva.</translation>
    </message>
    <message>
        <source>Idle</source>
        <translation>Inactivo</translation>
    </message>
    <message>
        <source>If it is forgotten, give a new one: Reset password.</source>
        <translation>Si se olvidó, dé una nueva: Restablecer contraseña.</translation>
    </message>
    <message>
        <source>If others cannot connect, allow the port.</source>
        <translation>Si otros no pueden conectarse, permita el puerto.</translation>
    </message>
    <message>
        <source>If others cannot connect: Windows Security, Firewall &amp; network protection, Allow an app through firewall; or this line in a terminal run as administrator:</source>
        <translation>Si otros no pueden conectarse: Seguridad de Windows, Firewall y protección de red, Permitir una aplicación a través del firewall; o esta línea en un terminal abierto como administrador:</translation>
    </message>
    <message>
        <source>If others cannot connect: {macos_clicks}.</source>
        <translation>Si otros no pueden conectarse: {macos_clicks}.</translation>
    </message>
    <message>
        <source>Import a list</source>
        <translation>Importar una lista</translation>
    </message>
    <message>
        <source>Import accounts</source>
        <translation>Importar cuentas</translation>
    </message>
    <message>
        <source>Import it in parts.</source>
        <translation>Impórtelo por partes.</translation>
    </message>
    <message>
        <source>Import…</source>
        <translation>Importar…</translation>
    </message>
    <message>
        <source>In</source>
        <translation>Entrada</translation>
    </message>
    <message>
        <source>In a client&apos;s name</source>
        <translation>En nombre de un cliente</translation>
    </message>
    <message>
        <source>In a cluster, a server that stops sends its clients to the others over this long.</source>
        <translation>En un clúster, un servidor que se detiene envía sus clientes a los otros durante este tiempo.</translation>
    </message>
    <message>
        <source>In the way</source>
        <translation>Estorba</translation>
    </message>
    <message>
        <source>In/s</source>
        <translation>Entr./s</translation>
    </message>
    <message>
        <source>In: {now}/s now, {most}/s at most.</source>
        <translation>Entrada: {now}/s ahora, {most}/s como máximo.</translation>
    </message>
    <message>
        <source>Indent</source>
        <translation>Sangrar</translation>
    </message>
    <message>
        <source>Info</source>
        <translation>Info</translation>
    </message>
    <message>
        <source>Info and above</source>
        <translation>Info y superior</translation>
    </message>
    <message>
        <source>Inspect a token…</source>
        <translation>Inspeccionar un token…</translation>
    </message>
    <message>
        <source>Invitations</source>
        <translation>Invitaciones</translation>
    </message>
    <message>
        <source>Invite: whoever has an invitation code</source>
        <translation>Invitación: quien tenga un código</translation>
    </message>
    <message>
        <source>Is the clock right?</source>
        <translation>¿Está bien el reloj?</translation>
    </message>
    <message>
        <source>Issued</source>
        <translation>Emitido</translation>
    </message>
    <message>
        <source>Issued by &apos;{issuer}&apos;, whose tokens you let in.</source>
        <translation>Emitido por &apos;{issuer}&apos;, cuyos tokens usted admite.</translation>
    </message>
    <message>
        <source>Issued by now.</source>
        <translation>Ya emitido.</translation>
    </message>
    <message>
        <source>Issued by this program.</source>
        <translation>Emitido por este programa.</translation>
    </message>
    <message>
        <source>Issued in the future, {time}</source>
        <translation>Emitido en el futuro, {time}</translation>
    </message>
    <message>
        <source>Issued only {ahead} from now.</source>
        <translation>Emitido dentro de {ahead}, en el futuro.</translation>
    </message>
    <message>
        <source>Issued {time}</source>
        <translation>Emitido {time}</translation>
    </message>
    <message>
        <source>It answers at every address of this computer.</source>
        <translation>Responde en todas las direcciones de este equipo.</translation>
    </message>
    <message>
        <source>It counts until their tokens expire or are revoked.</source>
        <translation>Vale hasta que sus tokens caduquen o se revoquen.</translation>
    </message>
    <message>
        <source>It does not answer this computer itself at {names}.</source>
        <translation>No responde a este mismo equipo en {names}.</translation>
    </message>
    <message>
        <source>It does not fall asleep while clients are connected, where the system offers that.</source>
        <translation>No se duerme mientras haya clientes conectados, donde el sistema lo ofrezca.</translation>
    </message>
    <message>
        <source>It ends by itself, or when you lift it.</source>
        <translation>Termina por sí mismo, o cuando usted lo levante.</translation>
    </message>
    <message>
        <source>It is Windows itself (often IIS or the World Wide Web Publishing Service): stop it in Services.</source>
        <translation>Es el propio Windows (a menudo IIS o el Servicio de publicación World Wide Web): deténgalo en Servicios.</translation>
    </message>
    <message>
        <source>It is allowed by now.</source>
        <translation>Ya está permitido.</translation>
    </message>
    <message>
        <source>It is one of {known}.</source>
        <translation>Es uno de {known}.</translation>
    </message>
    <message>
        <source>It may be AirPlay: System Settings, General, AirDrop &amp; Handoff, AirPlay Receiver.</source>
        <translation>Puede ser AirPlay: Ajustes del Sistema, General, AirDrop y Handoff, Receptor AirPlay.</translation>
    </message>
    <message>
        <source>It stands before the content, as long as the program runs.</source>
        <translation>Aparece antes del contenido mientras el programa esté abierto.</translation>
    </message>
    <message>
        <source>It was left as it is. To do it all the same, press {button} again.</source>
        <translation>Se dejó como estaba. Para hacerlo de todos modos, pulse {button} otra vez.</translation>
    </message>
    <message>
        <source>Its network is gone, or its device sleeps, or its program was ended.</source>
        <translation>Su red no está, o su dispositivo duerme, o su programa terminó.</translation>
    </message>
    <message>
        <source>Its tokens are refused until they can.</source>
        <translation>Hasta entonces se rechazan sus tokens.</translation>
    </message>
    <message>
        <source>JSON Lines (*.jsonl)</source>
        <translation>JSON Lines (*.jsonl)</translation>
    </message>
    <message>
        <source>JSON Lines, can be opened again (*.jsonl)</source>
        <translation>JSON Lines, se puede volver a abrir (*.jsonl)</translation>
    </message>
    <message>
        <source>JSON Lines, can be replayed (*.jsonl)</source>
        <translation>JSON Lines, se puede reproducir (*.jsonl)</translation>
    </message>
    <message>
        <source>JSON has no {name}.</source>
        <translation>JSON no tiene {name}.</translation>
    </message>
    <message>
        <source>JSON is malformed:</source>
        <translation>El JSON está mal formado:</translation>
    </message>
    <message>
        <source>JWT_SECRET holds a key pair.</source>
        <translation>JWT_SECRET contiene un par de claves.</translation>
    </message>
    <message>
        <source>JWT_SECRET is not text.</source>
        <translation>JWT_SECRET no es texto.</translation>
    </message>
    <message>
        <source>JWT_SECRET is {secret} bytes long.</source>
        <translation>JWT_SECRET tiene {secret} bytes.</translation>
    </message>
    <message>
        <source>Join from a phone: scan the code, or open {address}.</source>
        <translation>Únase desde un teléfono: escanee el código o abra {address}.</translation>
    </message>
    <message>
        <source>Keep it on top</source>
        <translation>Mantener arriba</translation>
    </message>
    <message>
        <source>Keep it on top, also for who comes later</source>
        <translation>Mantener arriba, también para quien llegue después</translation>
    </message>
    <message>
        <source>Keep messages for</source>
        <translation>Guardar mensajes</translation>
    </message>
    <message>
        <source>Keep messages for who was away</source>
        <translation>Guardar mensajes para ausentes</translation>
    </message>
    <message>
        <source>Keep people connected; old tokens stay valid until they expire</source>
        <translation>Mantener conectados; los tokens antiguos valen hasta caducar</translation>
    </message>
    <message>
        <source>Keep running in the tray</source>
        <translation>Seguir en la bandeja</translation>
    </message>
    <message>
        <source>Keep the audit for</source>
        <translation>Guardar la auditoría</translation>
    </message>
    <message>
        <source>Keep the computer awake</source>
        <translation>Mantener despierto el equipo</translation>
    </message>
    <message>
        <source>Keep the newest line in view</source>
        <translation>Mantener a la vista la línea más nueva</translation>
    </message>
    <message>
        <source>Keep the newest row in view (F)</source>
        <translation>Mantener a la vista la fila más nueva (F)</translation>
    </message>
    <message>
        <source>Keep the role each has</source>
        <translation>Mantener el rol de cada cual</translation>
    </message>
    <message>
        <source>Keep the server running</source>
        <translation>Mantener el servidor en marcha</translation>
    </message>
    <message>
        <source>Keep-alive every</source>
        <translation>Ping cada</translation>
    </message>
    <message>
        <source>Kept in a file of its own; survives a restart</source>
        <translation>En un archivo propio; sobrevive a un reinicio</translation>
    </message>
    <message>
        <source>Kept in {file}</source>
        <translation>Guardado en {file}</translation>
    </message>
    <message>
        <source>Kept sending over the rate limit ({code}).</source>
        <translation>Siguió enviando por encima del límite de frecuencia ({code}).</translation>
    </message>
    <message>
        <source>Key file</source>
        <translation>Archivo de clave</translation>
    </message>
    <message>
        <source>Keys come from a file, or from an address such as https://login.example.org/.well-known/jwks.json.</source>
        <translation>Las claves vienen de un archivo o de una dirección como https://login.example.org/.well-known/jwks.json.</translation>
    </message>
    <message>
        <source>Keys of those tokens</source>
        <translation>Claves de esos tokens</translation>
    </message>
    <message>
        <source>Lag</source>
        <translation>Retraso</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>Idioma</translation>
    </message>
    <message>
        <source>Language of the window</source>
        <translation>Idioma de la ventana</translation>
    </message>
    <message>
        <source>Largest message</source>
        <translation>Mensaje más grande</translation>
    </message>
    <message>
        <source>Last login</source>
        <translation>Último acceso</translation>
    </message>
    <message>
        <source>Last run</source>
        <translation>Última ejecución</translation>
    </message>
    <message>
        <source>Last seen</source>
        <translation>Visto por última vez</translation>
    </message>
    <message>
        <source>Last used</source>
        <translation>Último uso</translation>
    </message>
    <message>
        <source>Late by</source>
        <translation>Retraso de</translation>
    </message>
    <message>
        <source>Leave it empty for SQLite, or write postgresql://user:password@host/name.</source>
        <translation>Déjelo vacío para SQLite, o escriba postgresql://user:password@host/name.</translation>
    </message>
    <message>
        <source>Leave it out to have a password generated.</source>
        <translation>Omítala para que se genere una contraseña.</translation>
    </message>
    <message>
        <source>Left out: {rows}</source>
        <translation>Omitidas: {rows}</translation>
    </message>
    <message>
        <source>Let everyone write to everyone; nobody is disconnected.</source>
        <translation>Permita que todos escriban a todos; no se desconecta a nadie.</translation>
    </message>
    <message>
        <source>Let guests in by name alone; nobody is disconnected.</source>
        <translation>Admita invitados solo con el nombre; no se desconecta a nadie.</translation>
    </message>
    <message>
        <source>Let in who has a token of another issuer: off; known: who has an account here; anyone.</source>
        <translation>Dejar entrar a quien tenga un token de otro emisor: off; known: quien tenga cuenta aquí; anyone: cualquiera.</translation>
    </message>
    <message>
        <source>Let my network in</source>
        <translation>Dejar entrar a mi red</translation>
    </message>
    <message>
        <source>Let the client log in again and use the new token.</source>
        <translation>Haga que el cliente inicie sesión de nuevo y use el token nuevo.</translation>
    </message>
    <message>
        <source>Let them try again now</source>
        <translation>Permitir otro intento</translation>
    </message>
    <message>
        <source>Let tokens run out now</source>
        <translation>Dejar caducar los tokens ahora</translation>
    </message>
    <message>
        <source>Let your network in?</source>
        <translation>¿Dejar entrar a su red?</translation>
    </message>
    <message>
        <source>Let {username} log in again, or hand on a new token.</source>
        <translation>Haga que {username} inicie sesión de nuevo, o entregue un token nuevo.</translation>
    </message>
    <message>
        <source>Lets this device trust that computer&apos;s server.</source>
        <translation>Hace que este dispositivo confíe en el servidor de ese equipo.</translation>
    </message>
    <message>
        <source>Lets {names} try again now.</source>
        <translation>Permite a {names} intentarlo de nuevo ahora.</translation>
    </message>
    <message>
        <source>Level</source>
        <translation>Nivel</translation>
    </message>
    <message>
        <source>Life of the token</source>
        <translation>Duración del token</translation>
    </message>
    <message>
        <source>Lift</source>
        <translation>Levantar</translation>
    </message>
    <message>
        <source>Lift the ban to let them in.</source>
        <translation>Levante el bloqueo para que pueda entrar.</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Claro</translation>
    </message>
    <message>
        <source>Line</source>
        <translation>Línea</translation>
    </message>
    <message>
        <source>Line for a terminal</source>
        <translation>Línea para un terminal</translation>
    </message>
    <message>
        <source>Line {line} has a quote too many or too few.</source>
        <translation>En la línea {line} sobra o falta una comilla.</translation>
    </message>
    <message>
        <source>Line {line} of the file {file} cannot be understood; is a quotation mark missing?</source>
        <translation>La línea {line} del archivo {file} no se entiende; ¿falta una comilla?</translation>
    </message>
    <message>
        <source>Lines of the list</source>
        <translation>Líneas de la lista</translation>
    </message>
    <message>
        <source>Link</source>
        <translation>Enlace</translation>
    </message>
    <message>
        <source>Link of the chosen invitation</source>
        <translation>Enlace de la invitación elegida</translation>
    </message>
    <message>
        <source>Listen on</source>
        <translation>Escuchar en</translation>
    </message>
    <message>
        <source>Listen on another address?</source>
        <translation>¿Escuchar en otra dirección?</translation>
    </message>
    <message>
        <source>Listening on {places}, port {value}.</source>
        <translation>Escuchando en {places}, puerto {value}.</translation>
    </message>
    <message>
        <source>Lists (*.csv *.tsv *.txt *.json *.jsonl);;All files (*)</source>
        <translation>Listas (*.csv *.tsv *.txt *.json *.jsonl);;Todos los archivos (*)</translation>
    </message>
    <message>
        <source>Live</source>
        <translation>En vivo</translation>
    </message>
    <message>
        <source>Local: a certificate made here</source>
        <translation>Local: un certificado hecho aquí</translation>
    </message>
    <message>
        <source>Lock-outs</source>
        <translation>Bloqueos temporales</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>Registro</translation>
    </message>
    <message>
        <source>Log in again.</source>
        <translation>Inicie sesión de nuevo.</translation>
    </message>
    <message>
        <source>Log in within</source>
        <translation>Iniciar sesión en</translation>
    </message>
    <message>
        <source>Log level</source>
        <translation>Nivel del registro</translation>
    </message>
    <message>
        <source>Logged in with this token already.</source>
        <translation>Ya se ha iniciado sesión con este token.</translation>
    </message>
    <message>
        <source>Login cards</source>
        <translation>Tarjetas de acceso</translation>
    </message>
    <message>
        <source>Login cards for {accounts}</source>
        <translation>Tarjetas de acceso para {accounts}</translation>
    </message>
    <message>
        <source>Login cards…</source>
        <translation>Tarjetas de acceso…</translation>
    </message>
    <message>
        <source>Login refused</source>
        <translation>Acceso rechazado</translation>
    </message>
    <message>
        <source>Logins</source>
        <translation>Accesos</translation>
    </message>
    <message>
        <source>Logs {who} out everywhere: {ends}.</source>
        <translation>Cierra la sesión de {who} en todas partes: {ends}.</translation>
    </message>
    <message>
        <source>Look at it again, then repeat what is still wanted.</source>
        <translation>Revíselo y repita lo que aún haga falta.</translation>
    </message>
    <message>
        <source>Look at this</source>
        <translation>Mire esto</translation>
    </message>
    <message>
        <source>Look for a newer version</source>
        <translation>Buscar una versión más nueva</translation>
    </message>
    <message>
        <source>Look for a typing error, or make one.</source>
        <translation>Busque un error de escritura, o cree una.</translation>
    </message>
    <message>
        <source>Look for a typing error: /openapi.json has every path.</source>
        <translation>Busque un error de escritura: /openapi.json contiene todas las rutas.</translation>
    </message>
    <message>
        <source>Look-around and back-references cannot be searched.</source>
        <translation>No se puede buscar con aserciones (look-around) ni referencias inversas.</translation>
    </message>
    <message>
        <source>Lost</source>
        <translation>Perdidos</translation>
    </message>
    <message>
        <source>Lost, as the connection closed: {lost}.</source>
        <translation>Perdidos, porque la conexión se cerró: {lost}.</translation>
    </message>
    <message>
        <source>Lowest level shown</source>
        <translation>Nivel mínimo mostrado</translation>
    </message>
    <message>
        <source>Made ready {done} of {all}</source>
        <translation>Preparado {done} de {all}</translation>
    </message>
    <message>
        <source>Made {when}</source>
        <translation>Hecho {when}</translation>
    </message>
    <message>
        <source>Make a new code</source>
        <translation>Hacer un código nuevo</translation>
    </message>
    <message>
        <source>Make another invitation, and hand on its link.</source>
        <translation>Cree otra invitación y entregue su enlace.</translation>
    </message>
    <message>
        <source>Make it a test</source>
        <translation>Convertir en prueba</translation>
    </message>
    <message>
        <source>Make it a test…</source>
        <translation>Convertir en prueba…</translation>
    </message>
    <message>
        <source>Make room, then try again.</source>
        <translation>Libere espacio e inténtelo de nuevo.</translation>
    </message>
    <message>
        <source>Make room.</source>
        <translation>Libere espacio.</translation>
    </message>
    <message>
        <source>Make the account yourself, or let anybody register; nobody is disconnected.</source>
        <translation>Cree usted la cuenta, o permita que cualquiera se registre; no se desconecta a nadie.</translation>
    </message>
    <message>
        <source>Mark</source>
        <translation>Marcar</translation>
    </message>
    <message>
        <source>Marks rows without hiding the others; same language as the filter.</source>
        <translation>Marca filas sin ocultar las demás; mismo lenguaje que el filtro.</translation>
    </message>
    <message>
        <source>Meaning</source>
        <translation>Significado</translation>
    </message>
    <message>
        <source>Meant for another service.</source>
        <translation>Destinado a otro servicio.</translation>
    </message>
    <message>
        <source>Meanwhile {rows} made room for new ones.</source>
        <translation>Entretanto {rows} cedieron sitio a nuevas.</translation>
    </message>
    <message>
        <source>Median</source>
        <translation>Mediana</translation>
    </message>
    <message>
        <source>Member</source>
        <translation>Miembro</translation>
    </message>
    <message>
        <source>Memory for rows</source>
        <translation>Memoria para filas</translation>
    </message>
    <message>
        <source>Message</source>
        <translation>Mensaje</translation>
    </message>
    <message>
        <source>Message as JSON</source>
        <translation>Mensaje como JSON</translation>
    </message>
    <message>
        <source>Message burst</source>
        <translation>Ráfaga de mensajes</translation>
    </message>
    <message>
        <source>Message rate</source>
        <translation>Ritmo de mensajes</translation>
    </message>
    <message>
        <source>Messages</source>
        <translation>Mensajes</translation>
    </message>
    <message>
        <source>Messages a connection may send at once before the rate applies.</source>
        <translation>Mensajes que una conexión puede enviar de una vez antes de que rija el ritmo.</translation>
    </message>
    <message>
        <source>Messages a second each connection may send; 0 switches the limit off.</source>
        <translation>Mensajes por segundo que puede enviar cada conexión; 0 quita el límite.</translation>
    </message>
    <message>
        <source>Messages in a second</source>
        <translation>Mensajes entrantes por segundo</translation>
    </message>
    <message>
        <source>Messages kept</source>
        <translation>Mensajes guardados</translation>
    </message>
    <message>
        <source>Messages of each</source>
        <translation>Mensajes de cada uno</translation>
    </message>
    <message>
        <source>Messages out a second</source>
        <translation>Mensajes salientes por segundo</translation>
    </message>
    <message>
        <source>Messages out: {now}/s now, {most}/s at most.</source>
        <translation>Mensajes salientes: {now}/s ahora, {most}/s como máximo.</translation>
    </message>
    <message>
        <source>MiB</source>
        <translation>MiB</translation>
    </message>
    <message>
        <source>Minimise and keep running</source>
        <translation>Minimizar y seguir</translation>
    </message>
    <message>
        <source>More or less</source>
        <translation>Más o menos</translation>
    </message>
    <message>
        <source>Move it away to begin a new one.</source>
        <translation>Apártelo para empezar uno nuevo.</translation>
    </message>
    <message>
        <source>Move the folder away to make new ones.</source>
        <translation>Aparte la carpeta para crear otros nuevos.</translation>
    </message>
    <message>
        <source>Move the folder {folder} away and start the server again; devices then have to trust it anew.</source>
        <translation>Aparte la carpeta {folder} e inicie el servidor de nuevo; los dispositivos tendrán que volver a confiar en él.</translation>
    </message>
    <message>
        <source>My network</source>
        <translation>Mi red</translation>
    </message>
    <message>
        <source>My network  ·  every address of this computer</source>
        <translation>Mi red  ·  todas las direcciones de este equipo</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Nombre</translation>
    </message>
    <message>
        <source>Name in the network</source>
        <translation>Nombre en la red</translation>
    </message>
    <message>
        <source>Name its file in Settings, Security, or let one be made.</source>
        <translation>Indique su archivo en Ajustes, Seguridad, o deje que se cree uno.</translation>
    </message>
    <message>
        <source>Names</source>
        <translation>Nombres</translation>
    </message>
    <message>
        <source>Names and passwords</source>
        <translation>Nombres y contraseñas</translation>
    </message>
    <message>
        <source>Names are compared without regard to case.</source>
        <translation>Los nombres se comparan sin distinguir mayúsculas.</translation>
    </message>
    <message>
        <source>Names, besides this computer&apos;s own, by which clients may address the server, such as hub.example.org or *.example.org.</source>
        <translation>Nombres, además de los de este equipo, con los que los clientes pueden dirigirse al servidor, como hub.example.org o *.example.org.</translation>
    </message>
    <message>
        <source>Needs Qt 6 with its module WebSockets.</source>
        <translation>Necesita Qt 6 con su módulo WebSockets.</translation>
    </message>
    <message>
        <source>Neither ufw nor firewalld is on.</source>
        <translation>Ni ufw ni firewalld están activos.</translation>
    </message>
    <message>
        <source>Network</source>
        <translation>Red</translation>
    </message>
    <message>
        <source>Never</source>
        <translation>Nunca</translation>
    </message>
    <message>
        <source>New devices first open {url}</source>
        <translation>Los dispositivos nuevos abren primero {url}</translation>
    </message>
    <message>
        <source>New password</source>
        <translation>Contraseña nueva</translation>
    </message>
    <message>
        <source>New passwords; nobody else knows them.</source>
        <translation>Contraseñas nuevas; nadie más las conoce.</translation>
    </message>
    <message>
        <source>New secret</source>
        <translation>Secreto nuevo</translation>
    </message>
    <message>
        <source>New test user</source>
        <translation>Nuevo usuario de prueba</translation>
    </message>
    <message>
        <source>New traffic shows up here.</source>
        <translation>El tráfico nuevo aparece aquí.</translation>
    </message>
    <message>
        <source>New user</source>
        <translation>Nuevo usuario</translation>
    </message>
    <message>
        <source>Newcomers see</source>
        <translation>Los nuevos ven</translation>
    </message>
    <message>
        <source>Newcomers wait here once registration needs your approval.</source>
        <translation>Los nuevos esperan aquí cuando el registro necesita su aprobación.</translation>
    </message>
    <message>
        <source>Newer</source>
        <translation>Más nuevo</translation>
    </message>
    <message>
        <source>Next &amp;error	F8</source>
        <translation>Error &amp;siguiente	F8</translation>
    </message>
    <message>
        <source>Next (Return)</source>
        <translation>Siguiente (Return)</translation>
    </message>
    <message>
        <source>Next sheet</source>
        <translation>Hoja siguiente</translation>
    </message>
    <message>
        <source>No account chosen</source>
        <translation>Ninguna cuenta elegida</translation>
    </message>
    <message>
        <source>No account matches “{search}”</source>
        <translation>Ninguna cuenta coincide con «{search}»</translation>
    </message>
    <message>
        <source>No accounts yet</source>
        <translation>Aún no hay cuentas</translation>
    </message>
    <message>
        <source>No act matches</source>
        <translation>Ningún acto coincide</translation>
    </message>
    <message>
        <source>No certificate is chosen.</source>
        <translation>No se ha elegido ningún certificado.</translation>
    </message>
    <message>
        <source>No connection has this in name, address or app.</source>
        <translation>Ninguna conexión tiene esto en nombre, dirección o app.</translation>
    </message>
    <message>
        <source>No connection is broken on purpose.</source>
        <translation>Ninguna conexión se perturba a propósito.</translation>
    </message>
    <message>
        <source>No firewall is in the way: neither ufw, firewalld nor nftables filters.</source>
        <translation>Ningún cortafuegos estorba: ni ufw, ni firewalld, ni nftables filtran.</translation>
    </message>
    <message>
        <source>No firewall that this program knows was found (ufw, firewalld, nftables).</source>
        <translation>No se encontró ningún cortafuegos que este programa conozca (ufw, firewalld, nftables).</translation>
    </message>
    <message>
        <source>No invitation yet. Create one above and hand on its link.</source>
        <translation>Aún no hay invitaciones. Cree una arriba y entregue su enlace.</translation>
    </message>
    <message>
        <source>No key is chosen.</source>
        <translation>No se ha elegido ninguna clave.</translation>
    </message>
    <message>
        <source>No line can be used.</source>
        <translation>Ninguna línea sirve.</translation>
    </message>
    <message>
        <source>No line matches</source>
        <translation>Ninguna línea coincide</translation>
    </message>
    <message>
        <source>No messages are kept.</source>
        <translation>No hay mensajes guardados.</translation>
    </message>
    <message>
        <source>No row chosen</source>
        <translation>Ninguna fila elegida</translation>
    </message>
    <message>
        <source>No row passes the filter</source>
        <translation>Ninguna fila pasa el filtro</translation>
    </message>
    <message>
        <source>No rule of Windows Defender Firewall lets this program in on {name} networks.</source>
        <translation>Ninguna regla del Firewall de Windows Defender admite este programa en redes {name}.</translation>
    </message>
    <message>
        <source>No token counts now.</source>
        <translation>Ningún token vale ahora.</translation>
    </message>
    <message>
        <source>No traffic yet</source>
        <translation>Aún no hay tráfico</translation>
    </message>
    <message>
        <source>Open its page</source>
        <translation>Abrir su página</translation>
    </message>
    <message>
        <source>Quitting stops the server, which disconnects them.</source>
        <translation>Salir detiene el servidor y los desconecta.</translation>
    </message>
    <message>
        <source>Tell of newer versions</source>
        <translation>Avisar de versiones nuevas</translation>
    </message>
    <message>
        <source>The page of this program cannot be reached.</source>
        <translation>No se puede acceder a la página de este programa.</translation>
    </message>
    <message>
        <source>The page of this program gave an answer that is not understood.</source>
        <translation>La página de este programa dio una respuesta que no se entiende.</translation>
    </message>
    <message>
        <source>The page of this program told no version that can be compared.</source>
        <translation>La página de este programa no indicó ninguna versión comparable.</translation>
    </message>
    <message>
        <source>There is no field &apos;{value}&apos; here.</source>
        <translation>Aquí no hay ningún campo «{value}».</translation>
    </message>
    <message>
        <source>This is the newest version.</source>
        <translation>Esta es la versión más reciente.</translation>
    </message>
    <message>
        <source>Version {version} is there.</source>
        <translation>Ya está la versión {version}.</translation>
    </message>
    <message>
        <source>Version {version} is there. About Authws Desktop, in the menu Help, leads to it.</source>
        <translation>Ya está la versión {version}. «Acerca de Authws Desktop», en el menú Ayuda, lleva a ella.</translation>
    </message>
    <message>
        <source>another port, such as {next_free}</source>
        <translation>otro puerto, como {next_free}</translation>
    </message>
    <message>
        <source>compiled</source>
        <translation>compilado</translation>
    </message>
    <message>
        <source>is wrong at character {value}</source>
        <translation>es incorrecto en el carácter {value}</translation>
    </message>
    <message>
        <source>it ends too early (byte {data})</source>
        <translation>termina demasiado pronto (byte {data})</translation>
    </message>
    <message>
        <source>No, not with the same frame.</source>
        <translation>No, no con la misma trama.</translation>
    </message>
    <message>
        <source>No.</source>
        <translation>No.</translation>
    </message>
    <message>
        <source>Nobody found</source>
        <translation>No se encontró a nadie</translation>
    </message>
    <message>
        <source>Nobody has to wait</source>
        <translation>Nadie tiene que esperar</translation>
    </message>
    <message>
        <source>Nobody is banned. Choose somebody on the Live page to ban the user or the address.</source>
        <translation>Nadie está bloqueado. Elija a alguien en la página En vivo para bloquear al usuario o la dirección.</translation>
    </message>
    <message>
        <source>Nobody is connected</source>
        <translation>Nadie está conectado</translation>
    </message>
    <message>
        <source>Nobody is disconnected now; new connections and logins are refused.</source>
        <translation>Nadie se desconecta ahora; se rechazan conexiones y accesos nuevos.</translation>
    </message>
    <message>
        <source>Nobody is disconnected.</source>
        <translation>No se desconecta a nadie.</translation>
    </message>
    <message>
        <source>Nobody is here yet</source>
        <translation>Aún no hay nadie</translation>
    </message>
    <message>
        <source>Nobody is known by that id or name.</source>
        <translation>No se conoce a nadie por ese identificador o nombre.</translation>
    </message>
    <message>
        <source>Nobody is known by the id or name in &apos;with&apos;.</source>
        <translation>No se conoce a nadie por el identificador o nombre de &apos;with&apos;.</translation>
    </message>
    <message>
        <source>Nobody is logged in, so nothing was sent.</source>
        <translation>Nadie ha iniciado sesión, así que no se envió nada.</translation>
    </message>
    <message>
        <source>Nobody waits.</source>
        <translation>Nadie espera.</translation>
    </message>
    <message>
        <source>Nobody waits: registration does not ask for your approval now.</source>
        <translation>Nadie espera: el registro no pide su aprobación ahora.</translation>
    </message>
    <message>
        <source>Node</source>
        <translation>Nodo</translation>
    </message>
    <message>
        <source>Node {name} of {count} · {here} here · {all} in all</source>
        <translation>Nodo {name} de {count} · {here} aquí · {all} en total</translation>
    </message>
    <message>
        <source>Nodes</source>
        <translation>Nodos</translation>
    </message>
    <message>
        <source>None of the chosen users is connected any more, so nothing was sent.</source>
        <translation>Ninguno de los usuarios elegidos sigue conectado, así que no se envió nada.</translation>
    </message>
    <message>
        <source>Not a token: ASCII text of up to {max_token_chars} characters.</source>
        <translation>No es un token: texto ASCII de hasta {max_token_chars} caracteres.</translation>
    </message>
    <message>
        <source>Not acknowledged yet.</source>
        <translation>Aún sin confirmar.</translation>
    </message>
    <message>
        <source>Not issued by &apos;{issuer}&apos;.</source>
        <translation>No emitido por &apos;{issuer}&apos;.</translation>
    </message>
    <message>
        <source>Not logged in</source>
        <translation>Sin sesión</translation>
    </message>
    <message>
        <source>Not three parts of JSON and signature in base64url.</source>
        <translation>No son tres partes de JSON y firma en base64url.</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>Nota</translation>
    </message>
    <message>
        <source>Nothing</source>
        <translation>Nada</translation>
    </message>
    <message>
        <source>Nothing has been logged yet</source>
        <translation>Aún no se ha registrado nada</translation>
    </message>
    <message>
        <source>Nothing is kept yet. What passes from now on shows up here.</source>
        <translation>Aún no se guarda nada. Lo que pase desde ahora aparece aquí.</translation>
    </message>
    <message>
        <source>Nothing is kept, and everybody has an account.</source>
        <translation>No se guarda nada y todos tienen cuenta.</translation>
    </message>
    <message>
        <source>Nothing is saved any more, and the file is left as it is.</source>
        <translation>Ya no se guarda nada, y el archivo queda como está.</translation>
    </message>
    <message>
        <source>Nothing is saved any more.</source>
        <translation>Ya no se guarda nada.</translation>
    </message>
    <message>
        <source>Nothing like this is in it.</source>
        <translation>No contiene nada así.</translation>
    </message>
    <message>
        <source>Nothing was changed.</source>
        <translation>No se cambió nada.</translation>
    </message>
    <message>
        <source>Nothing was done yet</source>
        <translation>Aún no se hizo nada</translation>
    </message>
    <message>
        <source>Of a recording, each says what its first user said, over and over.</source>
        <translation>De una grabación, cada uno dice lo que dijo su primer usuario, una y otra vez.</translation>
    </message>
    <message>
        <source>Of any kind, from one address of another computer; a whole class or event may share one.</source>
        <translation>De cualquier tipo, desde una dirección de otro equipo; toda una clase o un evento puede compartir una.</translation>
    </message>
    <message>
        <source>Of anyone</source>
        <translation>De cualquiera</translation>
    </message>
    <message>
        <source>Of people with an account</source>
        <translation>De personas con cuenta</translation>
    </message>
    <message>
        <source>Of the messages kept: nothing, what was said since their account was made, also the last 50 before, or all.</source>
        <translation>De los mensajes guardados: nada, lo dicho desde que se creó su cuenta, también los 50 anteriores, o todo.</translation>
    </message>
    <message>
        <source>Of the web client, such as en, de or pt-BR. Empty: each browser&apos;s own.</source>
        <translation>Del cliente web, como en, de o pt-BR. Vacío: el de cada navegador.</translation>
    </message>
    <message>
        <source>Of these late: {late}, the last one after {after_s}.</source>
        <translation>De ellos tarde: {late}, el último tras {after_s}.</translation>
    </message>
    <message>
        <source>Off</source>
        <translation>No</translation>
    </message>
    <message>
        <source>Off: a guest cannot write to another guest alone.</source>
        <translation>No: un invitado no puede escribir a solas a otro invitado.</translation>
    </message>
    <message>
        <source>Off: plain http and ws</source>
        <translation>No: http y ws sin cifrar</translation>
    </message>
    <message>
        <source>Older</source>
        <translation>Más antiguo</translation>
    </message>
    <message>
        <source>Older ones are forgotten; a message for somebody who is away waits as long.</source>
        <translation>Los más antiguos se olvidan; un mensaje para un ausente espera lo mismo.</translation>
    </message>
    <message>
        <source>Older rows are dropped when their payloads take more than this.</source>
        <translation>Las filas más antiguas se descartan cuando sus contenidos ocupan más que esto.</translation>
    </message>
    <message>
        <source>On</source>
        <translation>Sí</translation>
    </message>
    <message>
        <source>On now</source>
        <translation>Activos ahora</translation>
    </message>
    <message>
        <source>On top: {text}</source>
        <translation>Arriba: {text}</translation>
    </message>
    <message>
        <source>On: people come in by name alone, without a password. They end when the server stops.</source>
        <translation>Sí: se entra solo con el nombre, sin contraseña. Terminan cuando se detiene el servidor.</translation>
    </message>
    <message>
        <source>On: the web client sends pictures, shrunk to 1,280 pixels and 300 kB.</source>
        <translation>Sí: el cliente web envía imágenes, reducidas a 1280 píxeles y 300 kB.</translation>
    </message>
    <message>
        <source>Once</source>
        <translation>Una vez</translation>
    </message>
    <message>
        <source>One connection</source>
        <translation>Una conexión</translation>
    </message>
    <message>
        <source>One person a line: a name, and if you like a password and a role (member or host), separated by comma, semicolon or tab. Who has no password gets a generated one. A table of users with bcrypt hashes, as CSV or JSON, moves in with the passwords they have.</source>
        <translation>Una persona por línea: un nombre y, si quiere, una contraseña y un rol (member o host), separados por coma, punto y coma o tabulador. Quien no tiene contraseña recibe una generada. Una tabla de usuarios con hashes bcrypt, en CSV o JSON, se traslada con sus contraseñas.</translation>
    </message>
    <message>
        <source>Only after a new login.</source>
        <translation>Solo después de iniciar sesión de nuevo.</translation>
    </message>
    <message>
        <source>Only frames can be sent again</source>
        <translation>Solo se pueden reenviar tramas</translation>
    </message>
    <message>
        <source>Only hosts</source>
        <translation>Solo anfitriones</translation>
    </message>
    <message>
        <source>Only hosts write to everyone</source>
        <translation>Solo los anfitriones escriben a todos</translation>
    </message>
    <message>
        <source>Only the beginning of this frame was kept</source>
        <translation>De esta trama solo se conservó el principio</translation>
    </message>
    <message>
        <source>Only the host may write to everyone now.</source>
        <translation>Ahora solo el anfitrión puede escribir a todos.</translation>
    </message>
    <message>
        <source>Only the node that they are connected to knows their address</source>
        <translation>Solo el nodo al que están conectados conoce su dirección</translation>
    </message>
    <message>
        <source>Only this computer can come in now.</source>
        <translation>Ahora solo puede entrar este equipo.</translation>
    </message>
    <message>
        <source>Only this computer can open the address now. Others need it to find the login.</source>
        <translation>Solo este equipo puede abrir la dirección ahora. Los demás la necesitan para encontrar el acceso.</translation>
    </message>
    <message>
        <source>Only this computer can open this address.</source>
        <translation>Solo este equipo puede abrir esta dirección.</translation>
    </message>
    <message>
        <source>Only this computer can reach it.</source>
        <translation>Solo este equipo puede alcanzarlo.</translation>
    </message>
    <message>
        <source>Only you see it.</source>
        <translation>Solo usted lo ve.</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Abrir</translation>
    </message>
    <message>
        <source>Open Authws Desktop</source>
        <translation>Abrir Authws Desktop</translation>
    </message>
    <message>
        <source>Open a file…</source>
        <translation>Abrir un archivo…</translation>
    </message>
    <message>
        <source>Open a list of names</source>
        <translation>Abrir una lista de nombres</translation>
    </message>
    <message>
        <source>Open account</source>
        <translation>Abrir cuenta</translation>
    </message>
    <message>
        <source>Open exported traffic</source>
        <translation>Abrir tráfico exportado</translation>
    </message>
    <message>
        <source>Open in browser</source>
        <translation>Abrir en el navegador</translation>
    </message>
    <message>
        <source>Open this address in a browser on this computer.</source>
        <translation>Abra esta dirección en un navegador de este equipo.</translation>
    </message>
    <message>
        <source>Open {address} in a browser here, or let other devices in.</source>
        <translation>Abra {address} en un navegador aquí, o deje entrar a otros dispositivos.</translation>
    </message>
    <message>
        <source>Open: anyone who reaches the server</source>
        <translation>Abierto: quien alcance el servidor</translation>
    </message>
    <message>
        <source>Opening {file}</source>
        <translation>Abriendo {file}</translation>
    </message>
    <message>
        <source>Opening {where}…</source>
        <translation>Abriendo {where}…</translation>
    </message>
    <message>
        <source>Opens this window and starts the server when you log in to this computer.</source>
        <translation>Abre esta ventana e inicia el servidor cuando usted inicia sesión en este equipo.</translation>
    </message>
    <message>
        <source>Optional. They are told it when they are disconnected or refused.</source>
        <translation>Opcional. Se les dice cuando se les desconecta o rechaza.</translation>
    </message>
    <message>
        <source>Or allow twice as many from each address; nobody is disconnected.</source>
        <translation>O permita el doble desde cada dirección; no se desconecta a nadie.</translation>
    </message>
    <message>
        <source>Or give everyone twice the time to log in; nobody is disconnected.</source>
        <translation>O dé a todos el doble de tiempo para iniciar sesión; no se desconecta a nadie.</translation>
    </message>
    <message>
        <source>Or let everyone send frames twice as large; nobody is disconnected.</source>
        <translation>O permita a todos enviar tramas del doble de tamaño; no se desconecta a nadie.</translation>
    </message>
    <message>
        <source>Or let twice as much wait for who reads slowly; nobody is disconnected.</source>
        <translation>O deje que espere el doble para quien lee despacio; no se desconecta a nadie.</translation>
    </message>
    <message>
        <source>Or remove the rule as administrator:</source>
        <translation>O quite la regla como administrador:</translation>
    </message>
    <message>
        <source>Or use that copy, or quit it first.</source>
        <translation>O use esa copia, o ciérrela antes.</translation>
    </message>
    <message>
        <source>Others in this network use {port}{adapter}.</source>
        <translation>Los demás en esta red usan {port}{adapter}.</translation>
    </message>
    <message>
        <source>Others may use {port}, but {adapter} is a virtual network or a VPN.</source>
        <translation>Los demás pueden usar {port}, pero {adapter} es una red virtual o una VPN.</translation>
    </message>
    <message>
        <source>Others reach this server: break their connections, too</source>
        <translation>Otros alcanzan este servidor: perturbar también sus conexiones</translation>
    </message>
    <message>
        <source>Out</source>
        <translation>Salida</translation>
    </message>
    <message>
        <source>Out/s</source>
        <translation>Sal./s</translation>
    </message>
    <message>
        <source>Outcome</source>
        <translation>Resultado</translation>
    </message>
    <message>
        <source>PDF files (*.pdf)</source>
        <translation>Archivos PDF (*.pdf)</translation>
    </message>
    <message>
        <source>PEM files (*.pem *.crt *.cer *.key);;All files (*)</source>
        <translation>Archivos PEM (*.pem *.crt *.cer *.key);;Todos los archivos (*)</translation>
    </message>
    <message>
        <source>PEM without a password; for your own files.</source>
        <translation>PEM sin contraseña; para sus propios archivos.</translation>
    </message>
    <message>
        <source>PEM, with the chain below it; for your own files.</source>
        <translation>PEM, con la cadena debajo; para sus propios archivos.</translation>
    </message>
    <message>
        <source>Pages of {origin} may not connect.</source>
        <translation>Las páginas de {origin} no pueden conectarse.</translation>
    </message>
    <message>
        <source>Paper</source>
        <translation>Papel</translation>
    </message>
    <message>
        <source>Part</source>
        <translation>Parte</translation>
    </message>
    <message>
        <source>Parts of the token</source>
        <translation>Partes del token</translation>
    </message>
    <message>
        <source>Password</source>
        <translation>Contraseña</translation>
    </message>
    <message>
        <source>Password strength: {strength}</source>
        <translation>Fuerza de la contraseña: {strength}</translation>
    </message>
    <message>
        <source>Paste</source>
        <translation>Pegar</translation>
    </message>
    <message>
        <source>Paste a token here: three parts with dots between them.</source>
        <translation>Pegue aquí un token: tres partes separadas por puntos.</translation>
    </message>
    <message>
        <source>Paste a token to see what it says and whether this server accepts it.</source>
        <translation>Pegue un token para ver qué dice y si este servidor lo acepta.</translation>
    </message>
    <message>
        <source>Paste it into the console of a page on this server, or into a page&apos;s script.</source>
        <translation>Péguelo en la consola de una página de este servidor, o en el script de una página.</translation>
    </message>
    <message>
        <source>Path</source>
        <translation>Ruta</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Pausa</translation>
    </message>
    <message>
        <source>Payload as JSON</source>
        <translation>Contenido como JSON</translation>
    </message>
    <message>
        <source>Payload as bytes</source>
        <translation>Contenido como bytes</translation>
    </message>
    <message>
        <source>Payload as text</source>
        <translation>Contenido como texto</translation>
    </message>
    <message>
        <source>People</source>
        <translation>Personas</translation>
    </message>
    <message>
        <source>People who are logged in</source>
        <translation>Personas con sesión iniciada</translation>
    </message>
    <message>
        <source>People, invitations, or who waits</source>
        <translation>Personas, invitaciones o quién espera</translation>
    </message>
    <message>
        <source>Phones join by scanning the code. The password is not kept when the program ends.</source>
        <translation>Los teléfonos se unen al escanear el código. La contraseña no se conserva al cerrar el programa.</translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation>Imágenes</translation>
    </message>
    <message>
        <source>Pictures in the web client</source>
        <translation>Imágenes en el cliente web</translation>
    </message>
    <message>
        <source>Ping</source>
        <translation>Ping</translation>
    </message>
    <message>
        <source>Port</source>
        <translation>Puerto</translation>
    </message>
    <message>
        <source>Port {port} is in use by {who}.</source>
        <translation>El puerto {port} lo usa {who}.</translation>
    </message>
    <message>
        <source>Presence</source>
        <translation>Presencia</translation>
    </message>
    <message>
        <source>Press / and then Escape to empty the filter, or choose more kinds of rows above.</source>
        <translation>Pulse / y luego Escape para vaciar el filtro, o elija más tipos de filas arriba.</translation>
    </message>
    <message>
        <source>Press Start above to let people connect.</source>
        <translation>Pulse Iniciar arriba para que puedan conectarse.</translation>
    </message>
    <message>
        <source>Press Start to listen on {where}</source>
        <translation>Pulse Iniciar para escuchar en {where}</translation>
    </message>
    <message>
        <source>Press Start, then check again.</source>
        <translation>Pulse Iniciar y compruebe de nuevo.</translation>
    </message>
    <message>
        <source>Pretty</source>
        <translation>Formateado</translation>
    </message>
    <message>
        <source>Preview</source>
        <translation>Vista previa</translation>
    </message>
    <message>
        <source>Preview of the sheet</source>
        <translation>Vista previa de la hoja</translation>
    </message>
    <message>
        <source>Previous (Shift+Return)</source>
        <translation>Anterior (Shift+Return)</translation>
    </message>
    <message>
        <source>Previous sheet</source>
        <translation>Hoja anterior</translation>
    </message>
    <message>
        <source>Print the PDF at its real size, then cut along the lines.</source>
        <translation>Imprima el PDF a tamaño real y corte por las líneas.</translation>
    </message>
    <message>
        <source>Production</source>
        <translation>Producción</translation>
    </message>
    <message>
        <source>Program</source>
        <translation>Programa</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Progreso</translation>
    </message>
    <message>
        <source>Projector</source>
        <translation>Proyector</translation>
    </message>
    <message>
        <source>Put away</source>
        <translation>Guardar aparte</translation>
    </message>
    <message>
        <source>Put away: the password is not kept anywhere</source>
        <translation>Guardar aparte: la contraseña no queda en ningún sitio</translation>
    </message>
    <message>
        <source>Put it back, or begin a new one.</source>
        <translation>Devuélvalo a su sitio, o empiece uno nuevo.</translation>
    </message>
    <message>
        <source>Put one name on each line.</source>
        <translation>Ponga un nombre en cada línea.</translation>
    </message>
    <message>
        <source>Put the file back, or ban somebody, which writes it again.</source>
        <translation>Devuelva el archivo a su sitio, o bloquee a alguien, y se escribirá de nuevo.</translation>
    </message>
    <message>
        <source>Put the file back, or renew the secret, which writes it again.</source>
        <translation>Devuelva el archivo a su sitio, o renueve el secreto, y se escribirá de nuevo.</translation>
    </message>
    <message>
        <source>Put the file back, or restart the program to begin with what is there.</source>
        <translation>Devuelva el archivo a su sitio, o reinicie el programa para empezar con lo que hay.</translation>
    </message>
    <message>
        <source>Put the file back, or save a setting, which writes it again.</source>
        <translation>Devuelva el archivo a su sitio, o guarde un ajuste, y se escribirá de nuevo.</translation>
    </message>
    <message>
        <source>Put the right file in its place, then restart the program.</source>
        <translation>Ponga en su lugar el archivo correcto y reinicie el programa.</translation>
    </message>
    <message>
        <source>QR code of {address}</source>
        <translation>Código QR de {address}</translation>
    </message>
    <message>
        <source>QR code of {address}. Press Escape to close.</source>
        <translation>Código QR de {address}. Pulse Escape para cerrar.</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>Salir</translation>
    </message>
    <message>
        <source>Quit and lose the passwords?</source>
        <translation>¿Salir y perder las contraseñas?</translation>
    </message>
    <message>
        <source>Raise its limit (ulimit -n, or LimitNOFILE of a service) to {needed} and start it again.</source>
        <translation>Suba su límite (ulimit -n, o LimitNOFILE de un servicio) a {needed} e inícielo de nuevo.</translation>
    </message>
    <message>
        <source>Raw</source>
        <translation>Bruto</translation>
    </message>
    <message>
        <source>Reachable from: {scope}</source>
        <translation>Accesible desde: {scope}</translation>
    </message>
    <message>
        <source>Reached from this computer. Now try it from another one.</source>
        <translation>Alcanzado desde este equipo. Pruebe ahora desde otro.</translation>
    </message>
    <message>
        <source>Reached from {address} in {time} ms</source>
        <translation>Alcanzado desde {address} en {time} ms</translation>
    </message>
    <message>
        <source>Read line {done} of {all}</source>
        <translation>Leída la línea {done} de {all}</translation>
    </message>
    <message>
        <source>Reads too slowly ({code}).</source>
        <translation>Lee demasiado despacio ({code}).</translation>
    </message>
    <message>
        <source>Real accounts with real connections, in a process of their own. Their names begin with bot-, and they are removed at the end.</source>
        <translation>Cuentas reales con conexiones reales, en un proceso propio. Sus nombres empiezan por bot- y se quitan al final.</translation>
    </message>
    <message>
        <source>Reason</source>
        <translation>Motivo</translation>
    </message>
    <message>
        <source>Received</source>
        <translation>Recibidos</translation>
    </message>
    <message>
        <source>Received; nothing was passed on.</source>
        <translation>Recibido; no se transmitió nada.</translation>
    </message>
    <message>
        <source>Recording {file}</source>
        <translation>Grabación {file}</translation>
    </message>
    <message>
        <source>Refused</source>
        <translation>Rechazados</translation>
    </message>
    <message>
        <source>Registration</source>
        <translation>Registro de usuarios</translation>
    </message>
    <message>
        <source>Registration is closed: invitations do not work.</source>
        <translation>El registro está cerrado: las invitaciones no funcionan.</translation>
    </message>
    <message>
        <source>Registration is open: nobody needs an invitation.</source>
        <translation>El registro está abierto: nadie necesita invitación.</translation>
    </message>
    <message>
        <source>Registration needs an invitation code.</source>
        <translation>El registro necesita un código de invitación.</translation>
    </message>
    <message>
        <source>Registration needs your approval: invitations are not asked for.</source>
        <translation>El registro necesita su aprobación: no se piden invitaciones.</translation>
    </message>
    <message>
        <source>Registrations</source>
        <translation>Registros</translation>
    </message>
    <message>
        <source>Registrations in 15 minutes from one address; 0 switches the limit off.</source>
        <translation>Registros en 15 minutos desde una dirección; 0 quita el límite.</translation>
    </message>
    <message>
        <source>Remember this message</source>
        <translation>Recordar este mensaje</translation>
    </message>
    <message>
        <source>Remove it after the event.</source>
        <translation>Quítelo después del evento.</translation>
    </message>
    <message>
        <source>Remove it, or write {settings_version}.</source>
        <translation>Quítelo, o escriba {settings_version}.</translation>
    </message>
    <message>
        <source>Remove it.</source>
        <translation>Quítelo.</translation>
    </message>
    <message>
        <source>Repair it, or move it away to start without bans.</source>
        <translation>Repárelo, o apártelo para empezar sin bloqueos.</translation>
    </message>
    <message>
        <source>Replace</source>
        <translation>Sustituir</translation>
    </message>
    <message>
        <source>Replace it.</source>
        <translation>Sustitúyalo.</translation>
    </message>
    <message>
        <source>Replace the signing secret</source>
        <translation>Sustituir el secreto de firma</translation>
    </message>
    <message>
        <source>Replace…</source>
        <translation>Sustituir…</translation>
    </message>
    <message>
        <source>Request</source>
        <translation>Petición</translation>
    </message>
    <message>
        <source>Require approval</source>
        <translation>Exigir aprobación</translation>
    </message>
    <message>
        <source>Require invitations</source>
        <translation>Exigir invitaciones</translation>
    </message>
    <message>
        <source>Resend</source>
        <translation>Reenviar</translation>
    </message>
    <message>
        <source>Resend…</source>
        <translation>Reenviar…</translation>
    </message>
    <message>
        <source>Reset password</source>
        <translation>Restablecer contraseña</translation>
    </message>
    <message>
        <source>Reset password of {name}</source>
        <translation>Restablecer la contraseña de {name}</translation>
    </message>
    <message>
        <source>Reset passwords</source>
        <translation>Restablecer contraseñas</translation>
    </message>
    <message>
        <source>Reset passwords of {accounts}</source>
        <translation>Restablecer las contraseñas de {accounts}</translation>
    </message>
    <message>
        <source>Response</source>
        <translation>Respuesta</translation>
    </message>
    <message>
        <source>Restore it from a backup, or move it away to start with no accounts.</source>
        <translation>Restáurelo de una copia de seguridad, o apártelo para empezar sin cuentas.</translation>
    </message>
    <message>
        <source>Restore it from a backup, or move it away: then a new secret is made and everyone logs in again.</source>
        <translation>Restáurelo de una copia de seguridad, o apártelo: entonces se crea un secreto nuevo y todos inician sesión de nuevo.</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Reanudar</translation>
    </message>
    <message>
        <source>Revert</source>
        <translation>Revertir</translation>
    </message>
    <message>
        <source>Revoke</source>
        <translation>Revocar</translation>
    </message>
    <message>
        <source>Revoke all</source>
        <translation>Revocar todo</translation>
    </message>
    <message>
        <source>Revoke all sessions of {whom}?</source>
        <translation>¿Revocar todas las sesiones de {whom}?</translation>
    </message>
    <message>
        <source>Revoke all…</source>
        <translation>Revocar todo…</translation>
    </message>
    <message>
        <source>Revoke invitations?</source>
        <translation>¿Revocar invitaciones?</translation>
    </message>
    <message>
        <source>Revoke some that are no longer needed.</source>
        <translation>Revoque algunas que ya no hagan falta.</translation>
    </message>
    <message>
        <source>Revokes {invitations}. Their links stop working at once.</source>
        <translation>Revoca {invitations}. Sus enlaces dejan de funcionar al instante.</translation>
    </message>
    <message>
        <source>Revokes {sessions} and ends {connections}.</source>
        <translation>Revoca {sessions} y termina {connections}.</translation>
    </message>
    <message>
        <source>Revoke…</source>
        <translation>Revocar…</translation>
    </message>
    <message>
        <source>Role</source>
        <translation>Rol</translation>
    </message>
    <message>
        <source>Roles are &apos;host&apos; and &apos;member&apos;.</source>
        <translation>Los roles son &apos;host&apos; y &apos;member&apos;.</translation>
    </message>
    <message>
        <source>Room</source>
        <translation>Sala</translation>
    </message>
    <message>
        <source>Round trip of the last WebSocket ping</source>
        <translation>Ida y vuelta del último ping WebSocket</translation>
    </message>
    <message>
        <source>Rows</source>
        <translation>Filas</translation>
    </message>
    <message>
        <source>Rows after these</source>
        <translation>Filas posteriores</translation>
    </message>
    <message>
        <source>Rows before these</source>
        <translation>Filas anteriores</translation>
    </message>
    <message>
        <source>Rows kept</source>
        <translation>Filas guardadas</translation>
    </message>
    <message>
        <source>Rows of all nodes</source>
        <translation>Filas de todos los nodos</translation>
    </message>
    <message>
        <source>Rows side by side</source>
        <translation>Filas en paralelo</translation>
    </message>
    <message>
        <source>Rules of nftables can be read by root only; to see them:</source>
        <translation>Solo root puede leer las reglas de nftables; para verlas:</translation>
    </message>
    <message>
        <source>Running</source>
        <translation>En marcha</translation>
    </message>
    <message>
        <source>S&amp;ort by</source>
        <translation>&amp;Ordenar por</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>Guardar</translation>
    </message>
    <message>
        <source>Save (Ctrl+S)</source>
        <translation>Guardar (Ctrl+S)</translation>
    </message>
    <message>
        <source>Save CSV…</source>
        <translation>Guardar CSV…</translation>
    </message>
    <message>
        <source>Save and disconnect?</source>
        <translation>¿Guardar y desconectar?</translation>
    </message>
    <message>
        <source>Save as PDF…</source>
        <translation>Guardar como PDF…</translation>
    </message>
    <message>
        <source>Save it as &apos;CSV UTF-8&apos; and try again.</source>
        <translation>Guárdelo como &apos;CSV UTF-8&apos; e inténtelo de nuevo.</translation>
    </message>
    <message>
        <source>Save it as Client.cs and add it to an object of the scene.</source>
        <translation>Guárdelo como Client.cs y añádalo a un objeto de la escena.</translation>
    </message>
    <message>
        <source>Save it as Client.java.</source>
        <translation>Guárdelo como Client.java.</translation>
    </message>
    <message>
        <source>Save it as UTF-8.</source>
        <translation>Guárdelo como UTF-8.</translation>
    </message>
    <message>
        <source>Save it as client.mjs.</source>
        <translation>Guárdelo como client.mjs.</translation>
    </message>
    <message>
        <source>Save login cards</source>
        <translation>Guardar tarjetas de acceso</translation>
    </message>
    <message>
        <source>Save names and passwords</source>
        <translation>Guardar nombres y contraseñas</translation>
    </message>
    <message>
        <source>Save this filter</source>
        <translation>Guardar este filtro</translation>
    </message>
    <message>
        <source>Saved filters</source>
        <translation>Filtros guardados</translation>
    </message>
    <message>
        <source>Saved {file}. It holds passwords: delete it once the cards are printed.</source>
        <translation>{file} guardado. Contiene contraseñas: elimínelo cuando las tarjetas estén impresas.</translation>
    </message>
    <message>
        <source>Saved {file}. It holds passwords: delete it once they are handed on.</source>
        <translation>{file} guardado. Contiene contraseñas: elimínelo cuando se hayan entregado.</translation>
    </message>
    <message>
        <source>Saved.</source>
        <translation>Guardado.</translation>
    </message>
    <message>
        <source>Say this to everyone who is logged in</source>
        <translation>Decir esto a todos los que tienen sesión</translation>
    </message>
    <message>
        <source>Scan the code with a phone in the same network. It proves more than any setting.</source>
        <translation>Escanee el código con un teléfono de la misma red. Demuestra más que cualquier ajuste.</translation>
    </message>
    <message>
        <source>Scan the code, or open</source>
        <translation>Escanee el código, o abra</translation>
    </message>
    <message>
        <source>Scan the code, or open this address in a browser.</source>
        <translation>Escanee el código, o abra esta dirección en un navegador.</translation>
    </message>
    <message>
        <source>Scope set by {source}</source>
        <translation>Alcance fijado por {source}</translation>
    </message>
    <message>
        <source>Search  /</source>
        <translation>Buscar  /</translation>
    </message>
    <message>
        <source>Search accounts</source>
        <translation>Buscar cuentas</translation>
    </message>
    <message>
        <source>Search accounts  /</source>
        <translation>Buscar cuentas  /</translation>
    </message>
    <message>
        <source>Search connected users</source>
        <translation>Buscar usuarios conectados</translation>
    </message>
    <message>
        <source>Search settings</source>
        <translation>Buscar ajustes</translation>
    </message>
    <message>
        <source>Search the acts</source>
        <translation>Buscar actos</translation>
    </message>
    <message>
        <source>Search the log</source>
        <translation>Buscar en el registro</translation>
    </message>
    <message>
        <source>Search users</source>
        <translation>Buscar usuarios</translation>
    </message>
    <message>
        <source>Security</source>
        <translation>Seguridad</translation>
    </message>
    <message>
        <source>Seed of chance</source>
        <translation>Semilla del azar</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>Enviar</translation>
    </message>
    <message>
        <source>Send (Ctrl+Return)</source>
        <translation>Enviar (Ctrl+Return)</translation>
    </message>
    <message>
        <source>Send as server</source>
        <translation>Enviar como servidor</translation>
    </message>
    <message>
        <source>Send as server… (to whom is chosen below, or to everyone)</source>
        <translation>Enviar como servidor… (a los elegidos abajo, o a todos)</translation>
    </message>
    <message>
        <source>Send buffer</source>
        <translation>Búfer de envío</translation>
    </message>
    <message>
        <source>Send it again when the recipient is there.</source>
        <translation>Envíelo de nuevo cuando el destinatario esté presente.</translation>
    </message>
    <message>
        <source>Send it as UTF-8.</source>
        <translation>Envíelo como UTF-8.</translation>
    </message>
    <message>
        <source>Send message…</source>
        <translation>Enviar mensaje…</translation>
    </message>
    <message>
        <source>Send this frame again…</source>
        <translation>Enviar esta trama otra vez…</translation>
    </message>
    <message>
        <source>Sent</source>
        <translation>Enviados</translation>
    </message>
    <message>
        <source>Sent to {connections}</source>
        <translation>Enviado a {connections}</translation>
    </message>
    <message>
        <source>Sent to {connections}.</source>
        <translation>Enviado a {connections}.</translation>
    </message>
    <message>
        <source>Separated by commas · default none</source>
        <translation>Separados por comas · predeterminado: ninguno</translation>
    </message>
    <message>
        <source>Server is stopping ({code}).</source>
        <translation>El servidor se está deteniendo ({code}).</translation>
    </message>
    <message>
        <source>Server listens anew.</source>
        <translation>El servidor vuelve a escuchar.</translation>
    </message>
    <message>
        <source>Server {state}.</source>
        <translation>Servidor: {state}.</translation>
    </message>
    <message>
        <source>Server: {state}</source>
        <translation>Servidor: {state}</translation>
    </message>
    <message>
        <source>Sessions</source>
        <translation>Sesiones</translation>
    </message>
    <message>
        <source>Sessions of the account</source>
        <translation>Sesiones de la cuenta</translation>
    </message>
    <message>
        <source>Set HOME, or name a folder: --data-dir FOLDER.</source>
        <translation>Defina HOME, o indique una carpeta: --data-dir FOLDER.</translation>
    </message>
    <message>
        <source>Set a longer one.</source>
        <translation>Defina uno más largo.</translation>
    </message>
    <message>
        <source>Set by JWT_SECRET (environment)</source>
        <translation>Fijado por JWT_SECRET (entorno)</translation>
    </message>
    <message>
        <source>Set by {source}</source>
        <translation>Fijado por {source}</translation>
    </message>
    <message>
        <source>Set it to a long random text.</source>
        <translation>Defínalo como un texto aleatorio largo.</translation>
    </message>
    <message>
        <source>Sets what is kept, what newcomers see and whether guests may come in, all with one choice.</source>
        <translation>Fija con una elección qué se guarda, qué ven los nuevos y si entran invitados.</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Ajustes</translation>
    </message>
    <message>
        <source>Settings changed.</source>
        <translation>Ajustes cambiados.</translation>
    </message>
    <message>
        <source>Settings of all nodes: revision {number}</source>
        <translation>Ajustes de todos los nodos: revisión {number}</translation>
    </message>
    <message>
        <source>Sheet {sheet} of {all}</source>
        <translation>Hoja {sheet} de {all}</translation>
    </message>
    <message>
        <source>Sheet {sheet} of {all} is done.</source>
        <translation>La hoja {sheet} de {all} está lista.</translation>
    </message>
    <message>
        <source>Shortest password</source>
        <translation>Contraseña más corta</translation>
    </message>
    <message>
        <source>Should it connect again?</source>
        <translation>¿Debe reconectarse?</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>Mostrar</translation>
    </message>
    <message>
        <source>Show &amp;QR code and addresses</source>
        <translation>Mostrar código &amp;QR y direcciones</translation>
    </message>
    <message>
        <source>Show all</source>
        <translation>Mostrar todo</translation>
    </message>
    <message>
        <source>Show in the traffic</source>
        <translation>Mostrar en el tráfico</translation>
    </message>
    <message>
        <source>Show it on the whole screen</source>
        <translation>Mostrarlo en toda la pantalla</translation>
    </message>
    <message>
        <source>Show its code</source>
        <translation>Mostrar su código</translation>
    </message>
    <message>
        <source>Show older</source>
        <translation>Mostrar anteriores</translation>
    </message>
    <message>
        <source>Show only connection #{number}</source>
        <translation>Mostrar solo la conexión #{number}</translation>
    </message>
    <message>
        <source>Show only lines with problems</source>
        <translation>Mostrar solo líneas con problemas</translation>
    </message>
    <message>
        <source>Show only type {type}</source>
        <translation>Mostrar solo el tipo {type}</translation>
    </message>
    <message>
        <source>Show only user {name}</source>
        <translation>Mostrar solo el usuario {name}</translation>
    </message>
    <message>
        <source>Show or hide the connected users (Ctrl+B)</source>
        <translation>Mostrar u ocultar los usuarios conectados (Ctrl+B)</translation>
    </message>
    <message>
        <source>Show or leave out these rows; the count is of all that came since the last Clear</source>
        <translation>Mostrar u omitir estas filas; se cuentan todas desde el último vaciado</translation>
    </message>
    <message>
        <source>Show password</source>
        <translation>Mostrar contraseña</translation>
    </message>
    <message>
        <source>Show the QR code and all addresses</source>
        <translation>Mostrar el código QR y todas las direcciones</translation>
    </message>
    <message>
        <source>Show the code</source>
        <translation>Mostrar el código</translation>
    </message>
    <message>
        <source>Show the code large</source>
        <translation>Mostrar el código en grande</translation>
    </message>
    <message>
        <source>Show the code of the address on the whole screen</source>
        <translation>Mostrar el código de la dirección en toda la pantalla</translation>
    </message>
    <message>
        <source>Show the secret</source>
        <translation>Mostrar el secreto</translation>
    </message>
    <message>
        <source>Show traffic</source>
        <translation>Mostrar tráfico</translation>
    </message>
    <message>
        <source>Show what the server answered as rows of their own (E); each request tells its outcome</source>
        <translation>Mostrar las respuestas del servidor como filas propias (E); cada petición dice su resultado</translation>
    </message>
    <message>
        <source>Signed by none of the keys of your backend.</source>
        <translation>No está firmado por ninguna de las claves de su backend.</translation>
    </message>
    <message>
        <source>Signed with HS256.</source>
        <translation>Firmado con HS256.</translation>
    </message>
    <message>
        <source>Signed with a secret this server does not accept.</source>
        <translation>Firmado con un secreto que este servidor no acepta.</translation>
    </message>
    <message>
        <source>Signed with {algorithm} by a key of your backend.</source>
        <translation>Firmado con {algorithm} por una clave de su backend.</translation>
    </message>
    <message>
        <source>Signed with {current} ({id}).</source>
        <translation>Firmado con {current} ({id}).</translation>
    </message>
    <message>
        <source>Signing secret</source>
        <translation>Secreto de firma</translation>
    </message>
    <message>
        <source>Signing secret was changed ({code}).</source>
        <translation>Se cambió el secreto de firma ({code}).</translation>
    </message>
    <message>
        <source>Signs every login. Whoever knows it can log in as anybody.</source>
        <translation>Firma cada acceso. Quien lo conoce puede entrar como cualquiera.</translation>
    </message>
    <message>
        <source>Since</source>
        <translation>Desde</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Tamaño</translation>
    </message>
    <message>
        <source>Snippets</source>
        <translation>Ejemplos</translation>
    </message>
    <message>
        <source>Some of it is as you set it.</source>
        <translation>Parte está como usted la puso.</translation>
    </message>
    <message>
        <source>Somebody connected to your server.</source>
        <translation>Alguien se conectó a su servidor.</translation>
    </message>
    <message>
        <source>Somebody else changed it meanwhile: the program reads it again.</source>
        <translation>Alguien lo cambió mientras tanto: el programa lo lee de nuevo.</translation>
    </message>
    <message>
        <source>Somebody new</source>
        <translation>Alguien nuevo</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>Iniciar</translation>
    </message>
    <message>
        <source>Start the server</source>
        <translation>Iniciar el servidor</translation>
    </message>
    <message>
        <source>Start the server and copy its address</source>
        <translation>Iniciar el servidor y copiar su dirección</translation>
    </message>
    <message>
        <source>Start the server first</source>
        <translation>Inicie primero el servidor</translation>
    </message>
    <message>
        <source>Start the server: logins, connections and messages show up here.</source>
        <translation>Inicie el servidor: accesos, conexiones y mensajes aparecen aquí.</translation>
    </message>
    <message>
        <source>Start when I log in</source>
        <translation>Iniciar cuando inicie sesión</translation>
    </message>
    <message>
        <source>Start with this computer</source>
        <translation>Iniciar con este equipo</translation>
    </message>
    <message>
        <source>Starting</source>
        <translation>Iniciando</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Estado</translation>
    </message>
    <message>
        <source>Status</source>
        <translation>Situación</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Detener</translation>
    </message>
    <message>
        <source>Stop and start the server to make one that does.</source>
        <translation>Detenga e inicie el servidor para crear uno que sí los incluya.</translation>
    </message>
    <message>
        <source>Stop the server</source>
        <translation>Detener el servidor</translation>
    </message>
    <message>
        <source>Stop the server?</source>
        <translation>¿Detener el servidor?</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>Detenido</translation>
    </message>
    <message>
        <source>Stopped; the virtual users are removed.</source>
        <translation>Detenido; se quitaron los usuarios virtuales.</translation>
    </message>
    <message>
        <source>Stopping</source>
        <translation>Deteniendo</translation>
    </message>
    <message>
        <source>Strip of time</source>
        <translation>Franja de tiempo</translation>
    </message>
    <message>
        <source>Strong</source>
        <translation>Fuerte</translation>
    </message>
    <message>
        <source>Switch on</source>
        <translation>Activar</translation>
    </message>
    <message>
        <source>TCP port for HTTP and WebSocket. 0 takes any free one.</source>
        <translation>Puerto TCP para HTTP y WebSocket. 0 toma uno libre.</translation>
    </message>
    <message>
        <source>Take clients again</source>
        <translation>Volver a admitir clientes</translation>
    </message>
    <message>
        <source>Take down</source>
        <translation>Quitar</translation>
    </message>
    <message>
        <source>Take the mark away</source>
        <translation>Quitar la marca</translation>
    </message>
    <message>
        <source>Takes effect at once · default off</source>
        <translation>Rige al instante · predeterminado: no</translation>
    </message>
    <message>
        <source>Takes effect at once.</source>
        <translation>Vale al instante.</translation>
    </message>
    <message>
        <source>Takes effect at once. Nobody is disconnected.</source>
        <translation>Rige al instante. Nadie se desconecta.</translation>
    </message>
    <message>
        <source>Tell of newcomers</source>
        <translation>Avisar de nuevos</translation>
    </message>
    <message>
        <source>Tell of refused logins</source>
        <translation>Avisar de accesos rechazados</translation>
    </message>
    <message>
        <source>Tell of the first client</source>
        <translation>Avisar del primer cliente</translation>
    </message>
    <message>
        <source>Templates</source>
        <translation>Plantillas</translation>
    </message>
    <message>
        <source>Terms side by side must all hold: leave out “&amp;&amp;”.</source>
        <translation>Los términos seguidos deben cumplirse todos: quite «&amp;&amp;».</translation>
    </message>
    <message>
        <source>Terms side by side must all hold: leave out “&amp;”.</source>
        <translation>Los términos seguidos deben cumplirse todos: quite «&amp;».</translation>
    </message>
    <message>
        <source>Terms side by side must all hold: leave out “and”, or quote it to search for the word.</source>
        <translation>Los términos seguidos deben cumplirse todos: quite «and», o entrecomíllelo para buscar la palabra.</translation>
    </message>
    <message>
        <source>Test user {name}</source>
        <translation>Usuario de prueba {name}</translation>
    </message>
    <message>
        <source>That did not work because of a mistake in this program. The log has the details.</source>
        <translation>No funcionó por un error de este programa. El registro tiene los detalles.</translation>
    </message>
    <message>
        <source>The JSON {what}.</source>
        <translation>El JSON {what}.</translation>
    </message>
    <message>
        <source>The Live page tells more.</source>
        <translation>La página En vivo dice más.</translation>
    </message>
    <message>
        <source>The account &apos;{name}&apos; was changed meanwhile (by: unknown).</source>
        <translation>La cuenta &apos;{name}&apos; fue cambiada mientras tanto (por: desconocido).</translation>
    </message>
    <message>
        <source>The account &apos;{name}&apos; was changed meanwhile (by: {by}).</source>
        <translation>La cuenta &apos;{name}&apos; fue cambiada mientras tanto (por: {by}).</translation>
    </message>
    <message>
        <source>The account &apos;{username}&apos; is disabled.</source>
        <translation>La cuenta &apos;{username}&apos; está deshabilitada.</translation>
    </message>
    <message>
        <source>The account &apos;{username}&apos;.</source>
        <translation>La cuenta &apos;{username}&apos;.</translation>
    </message>
    <message>
        <source>The account does not exist or was deleted.</source>
        <translation>La cuenta no existe o fue eliminada.</translation>
    </message>
    <message>
        <source>The account of this token is disabled.</source>
        <translation>La cuenta de este token está deshabilitada.</translation>
    </message>
    <message>
        <source>The account of this token no longer exists.</source>
        <translation>La cuenta de este token ya no existe.</translation>
    </message>
    <message>
        <source>The account was deleted: make it anew, or let the client log in as somebody else.</source>
        <translation>La cuenta fue eliminada: créela de nuevo, o haga que el cliente inicie sesión como otra persona.</translation>
    </message>
    <message>
        <source>The accounts database is closed.</source>
        <translation>La base de datos de cuentas está cerrada.</translation>
    </message>
    <message>
        <source>The ban would be over already.</source>
        <translation>El bloqueo ya habría terminado.</translation>
    </message>
    <message>
        <source>The bans cannot be saved to {file} ({strerror}).</source>
        <translation>No se pueden guardar los bloqueos en {file} ({strerror}).</translation>
    </message>
    <message>
        <source>The bans in {file} are gone.</source>
        <translation>Los bloqueos de {file} han desaparecido.</translation>
    </message>
    <message>
        <source>The bans in {file} cannot be read ({strerror}).</source>
        <translation>No se pueden leer los bloqueos de {file} ({strerror}).</translation>
    </message>
    <message>
        <source>The bans in {file} cannot be understood: the file is damaged or of a newer version of this program.</source>
        <translation>No se entienden los bloqueos de {file}: el archivo está dañado o es de una versión más nueva de este programa.</translation>
    </message>
    <message>
        <source>The bar above offers what can be done, such as another port.</source>
        <translation>La barra de arriba ofrece lo que se puede hacer, como otro puerto.</translation>
    </message>
    <message>
        <source>The certificate cannot be kept in {folder} ({strerror}).</source>
        <translation>No se puede conservar el certificado en {folder} ({strerror}).</translation>
    </message>
    <message>
        <source>The certificate does not hold {names}.</source>
        <translation>El certificado no incluye {names}.</translation>
    </message>
    <message>
        <source>The certificate does not hold {names}: its authority was made for other addresses.</source>
        <translation>El certificado no incluye {names}: su autoridad se creó para otras direcciones.</translation>
    </message>
    <message>
        <source>The certificate expired on {not_after}: browsers refuse it.</source>
        <translation>El certificado caducó el {not_after}: los navegadores lo rechazan.</translation>
    </message>
    <message>
        <source>The certificate {file} expired on {not_valid_after_utc}.</source>
        <translation>El certificado {file} caducó el {not_valid_after_utc}.</translation>
    </message>
    <message>
        <source>The certificate {file} is not valid before {begin}.</source>
        <translation>El certificado {file} no vale antes del {begin}.</translation>
    </message>
    <message>
        <source>The chosen account</source>
        <translation>La cuenta elegida</translation>
    </message>
    <message>
        <source>The chosen line</source>
        <translation>La línea elegida</translation>
    </message>
    <message>
        <source>The chosen value</source>
        <translation>El valor elegido</translation>
    </message>
    <message>
        <source>The client can wait as long as the error says.</source>
        <translation>El cliente puede esperar el tiempo que dice el error.</translation>
    </message>
    <message>
        <source>The client has a token of another server: let it log in here.</source>
        <translation>El cliente tiene un token de otro servidor: haga que inicie sesión aquí.</translation>
    </message>
    <message>
        <source>The client sends something else than the token that the login returned.</source>
        <translation>El cliente envía algo distinto del token que devolvió el inicio de sesión.</translation>
    </message>
    <message>
        <source>The clocks of the two computers differ: set them by the network.</source>
        <translation>Los relojes de los dos equipos difieren: ajústelos por la red.</translation>
    </message>
    <message>
        <source>The closing quote is missing.</source>
        <translation>Falta la comilla de cierre.</translation>
    </message>
    <message>
        <source>The code has ended. Press it for a new one.</source>
        <translation>El código ha caducado. Púlselo para uno nuevo.</translation>
    </message>
    <message>
        <source>The connection ended without a goodbye.</source>
        <translation>La conexión terminó sin despedida.</translation>
    </message>
    <message>
        <source>The database address is not valid.</source>
        <translation>La dirección de la base de datos no es válida.</translation>
    </message>
    <message>
        <source>The disk is full: make room, then try again.</source>
        <translation>El disco está lleno: libere espacio e inténtelo de nuevo.</translation>
    </message>
    <message>
        <source>The driver for &apos;{drivername}&apos; is not installed ({error}).</source>
        <translation>El controlador de &apos;{drivername}&apos; no está instalado ({error}).</translation>
    </message>
    <message>
        <source>The expiry must be in the future.</source>
        <translation>El vencimiento debe estar en el futuro.</translation>
    </message>
    <message>
        <source>The export was called off; no file was written.</source>
        <translation>Se canceló la exportación; no se escribió ningún archivo.</translation>
    </message>
    <message>
        <source>The file {file} cannot be read ({error}).</source>
        <translation>No se puede leer el archivo {file} ({error}).</translation>
    </message>
    <message>
        <source>The file {file} cannot be read ({strerror}).</source>
        <translation>No se puede leer el archivo {file} ({strerror}).</translation>
    </message>
    <message>
        <source>The file {file} cannot be used ({error}).</source>
        <translation>No se puede usar el archivo {file} ({error}).</translation>
    </message>
    <message>
        <source>The file {file} cannot be used ({strerror}).</source>
        <translation>No se puede usar el archivo {file} ({strerror}).</translation>
    </message>
    <message>
        <source>The file {file} cannot grow: the disk is full.</source>
        <translation>El archivo {file} no puede crecer: el disco está lleno.</translation>
    </message>
    <message>
        <source>The file {file} is damaged or is no history.</source>
        <translation>El archivo {file} está dañado o no es un historial.</translation>
    </message>
    <message>
        <source>The file {file} is locked by another program.</source>
        <translation>Otro programa tiene bloqueado el archivo {file}.</translation>
    </message>
    <message>
        <source>The file {file} is not a certificate in PEM format.</source>
        <translation>El archivo {file} no es un certificado en formato PEM.</translation>
    </message>
    <message>
        <source>The file {file} is not a key in PEM format.</source>
        <translation>El archivo {file} no es una clave en formato PEM.</translation>
    </message>
    <message>
        <source>The file {file} is read-only.</source>
        <translation>El archivo {file} es de solo lectura.</translation>
    </message>
    <message>
        <source>The file {file} was deleted or moved away.</source>
        <translation>El archivo {file} fue eliminado o movido.</translation>
    </message>
    <message>
        <source>The file {file} was replaced by another program.</source>
        <translation>Otro programa sustituyó el archivo {file}.</translation>
    </message>
    <message>
        <source>The file {file} was written by a newer version of this program.</source>
        <translation>El archivo {file} fue escrito por una versión más nueva de este programa.</translation>
    </message>
    <message>
        <source>The file {key_file} is not a key in PEM format.</source>
        <translation>El archivo {key_file} no es una clave en formato PEM.</translation>
    </message>
    <message>
        <source>The firewall ufw blocks port {port}: no rule allows it.</source>
        <translation>El cortafuegos ufw bloquea el puerto {port}: ninguna regla lo permite.</translation>
    </message>
    <message>
        <source>The firewall ufw is on; only root may read its rules.</source>
        <translation>El cortafuegos ufw está activo; solo root puede leer sus reglas.</translation>
    </message>
    <message>
        <source>The firewall ufw lets everything through.</source>
        <translation>El cortafuegos ufw deja pasar todo.</translation>
    </message>
    <message>
        <source>The firewall ufw lets port {port} through.</source>
        <translation>El cortafuegos ufw deja pasar el puerto {port}.</translation>
    </message>
    <message>
        <source>The hash has the cost {value}; it may be from {min_foreign_cost} to {max_foreign_cost}.</source>
        <translation>El hash tiene el coste {value}; puede ser de {min_foreign_cost} a {max_foreign_cost}.</translation>
    </message>
    <message>
        <source>The hash is not bcrypt&apos;s ($2a$, $2b$ or $2y$).</source>
        <translation>El hash no es de bcrypt ($2a$, $2b$ o $2y$).</translation>
    </message>
    <message>
        <source>The header Allow of the answer has the methods.</source>
        <translation>La cabecera Allow de la respuesta contiene los métodos.</translation>
    </message>
    <message>
        <source>The header has no algorithm, or the claims are no object.</source>
        <translation>La cabecera no tiene algoritmo, o los datos (claims) no son un objeto.</translation>
    </message>
    <message>
        <source>The history is off. Give it a size in the settings, group Traffic: History file.</source>
        <translation>El historial está desactivado. Dele un tamaño en Ajustes, grupo Tráfico: Archivo de historial.</translation>
    </message>
    <message>
        <source>The history stopped; the server goes on. {reason}</source>
        <translation>El historial se detuvo; el servidor sigue. {reason}</translation>
    </message>
    <message>
        <source>The host can allow this origin.</source>
        <translation>El anfitrión puede permitir este origen.</translation>
    </message>
    <message>
        <source>The host comes from {host}, the port from {port}.</source>
        <translation>El host viene de {host}; el puerto, de {port}.</translation>
    </message>
    <message>
        <source>The host has banned this account.</source>
        <translation>El anfitrión ha bloqueado esta cuenta.</translation>
    </message>
    <message>
        <source>The kept messages are closed.</source>
        <translation>Los mensajes guardados están cerrados.</translation>
    </message>
    <message>
        <source>The kept messages cannot be used because of a mistake in the program.</source>
        <translation>Los mensajes guardados no se pueden usar por un fallo del programa.</translation>
    </message>
    <message>
        <source>The key {key_file} does not belong to {certificate_file}.</source>
        <translation>La clave {key_file} no corresponde a {certificate_file}.</translation>
    </message>
    <message>
        <source>The key {key_file} has a password.</source>
        <translation>La clave {key_file} tiene contraseña.</translation>
    </message>
    <message>
        <source>The keys of your backend&apos;s tokens cannot be had: {what}.</source>
        <translation>No se pueden obtener las claves de los tokens de su backend: {what}.</translation>
    </message>
    <message>
        <source>The keys on the way to a value, as in the filter; a number is a place in a list.</source>
        <translation>Las claves en el camino hasta un valor, como en el filtro; un número es una posición en una lista.</translation>
    </message>
    <message>
        <source>The life of a token must be from 1 to {max_token_life_s} s.</source>
        <translation>La vida de un token debe ser de 1 a {max_token_life_s} s.</translation>
    </message>
    <message>
        <source>The list begins like JSON and is none.</source>
        <translation>La lista empieza como JSON y no lo es.</translation>
    </message>
    <message>
        <source>The list has more than {max_lines} names.</source>
        <translation>La lista tiene más de {max_lines} nombres.</translation>
    </message>
    <message>
        <source>The list has no names.</source>
        <translation>La lista no tiene nombres.</translation>
    </message>
    <message>
        <source>The list is JSON, but no list of objects with a name each.</source>
        <translation>La lista es JSON, pero no una lista de objetos con un nombre cada uno.</translation>
    </message>
    <message>
        <source>The list is not text in UTF-8.</source>
        <translation>La lista no es texto en UTF-8.</translation>
    </message>
    <message>
        <source>The list is over 64 MiB.</source>
        <translation>La lista supera los 64 MiB.</translation>
    </message>
    <message>
        <source>The macOS firewall blocks all incoming connections.</source>
        <translation>El cortafuegos de macOS bloquea todas las conexiones entrantes.</translation>
    </message>
    <message>
        <source>The macOS firewall blocks this program.</source>
        <translation>El cortafuegos de macOS bloquea este programa.</translation>
    </message>
    <message>
        <source>The macOS firewall could not be read.</source>
        <translation>No se pudo leer el cortafuegos de macOS.</translation>
    </message>
    <message>
        <source>The macOS firewall is off: it lets everything in.</source>
        <translation>El cortafuegos de macOS está desactivado: deja entrar todo.</translation>
    </message>
    <message>
        <source>The macOS firewall is on and asks for new programs: choose Allow, or {macos_clicks}.</source>
        <translation>El cortafuegos de macOS está activo y pregunta por los programas nuevos: elija Permitir, o {macos_clicks}.</translation>
    </message>
    <message>
        <source>The macOS firewall lets this program in.</source>
        <translation>El cortafuegos de macOS admite este programa.</translation>
    </message>
    <message>
        <source>The message could not be kept, so nobody got it.</source>
        <translation>El mensaje no se pudo guardar, así que nadie lo recibió.</translation>
    </message>
    <message>
        <source>The messages cannot be read just now.</source>
        <translation>Los mensajes no se pueden leer en este momento.</translation>
    </message>
    <message>
        <source>The messages kept for people who were away; not the traffic and its history</source>
        <translation>Los mensajes guardados para ausentes; no el tráfico ni su historial</translation>
    </message>
    <message>
        <source>The name stands in line {first} already.</source>
        <translation>El nombre ya está en la línea {first}.</translation>
    </message>
    <message>
        <source>The nearest counts: of a connection, else of its user, else of everyone.</source>
        <translation>Cuenta lo más cercano: de una conexión, si no de su usuario, si no de todos.</translation>
    </message>
    <message>
        <source>The new name is the one to log in with.</source>
        <translation>El nombre nuevo es el del acceso.</translation>
    </message>
    <message>
        <source>The new password</source>
        <translation>La nueva contraseña</translation>
    </message>
    <message>
        <source>The new passwords appear here.</source>
        <translation>Las contraseñas nuevas aparecen aquí.</translation>
    </message>
    <message>
        <source>The new secret</source>
        <translation>El secreto nuevo</translation>
    </message>
    <message>
        <source>The newest are stored, so that who was away gets what it missed; 0: none.</source>
        <translation>Se guardan los más nuevos, para que los ausentes reciban lo perdido; 0: ninguno.</translation>
    </message>
    <message>
        <source>The newest rows are kept, older ones are dropped.</source>
        <translation>Se guardan las filas más nuevas; las antiguas se descartan.</translation>
    </message>
    <message>
        <source>The newest {count} messages are kept for {days} days, who comes late sees all of them, and guests come in by name alone.</source>
        <translation>Los {count} mensajes más nuevos se guardan {days} días, quien llega tarde los ve todos, y los invitados entran solo con su nombre.</translation>
    </message>
    <message>
        <source>The number of uses must be from 1 to {max_invite_uses}.</source>
        <translation>El número de usos debe ser de 1 a {max_invite_uses}.</translation>
    </message>
    <message>
        <source>The one that Copy, links and the QR code give out, if it is there. Empty: the likeliest.</source>
        <translation>La que dan Copiar, los enlaces y el código QR, si existe. Vacío: la más probable.</translation>
    </message>
    <message>
        <source>The other node is away: the bar above says since when.</source>
        <translation>El otro nodo está ausente: la barra de arriba dice desde cuándo.</translation>
    </message>
    <message>
        <source>The password</source>
        <translation>La contraseña</translation>
    </message>
    <message>
        <source>The password for {name} is wrong.</source>
        <translation>La contraseña de {name} es errónea.</translation>
    </message>
    <message>
        <source>The password is one of the most common ones.</source>
        <translation>La contraseña es una de las más comunes.</translation>
    </message>
    <message>
        <source>The password is the name.</source>
        <translation>La contraseña es el nombre.</translation>
    </message>
    <message>
        <source>The password repeats a few characters.</source>
        <translation>La contraseña repite unos pocos caracteres.</translation>
    </message>
    <message>
        <source>The payload was cut at {size}; this is its beginning.</source>
        <translation>El contenido se cortó en {size}; este es su comienzo.</translation>
    </message>
    <message>
        <source>The program breaks the rules of WebSocket: let a library speak it.</source>
        <translation>El programa incumple las reglas de WebSocket: deje que una biblioteca se encargue.</translation>
    </message>
    <message>
        <source>The program logs in, and sends the token in the header Authorization.</source>
        <translation>El programa inicia sesión y envía el token en la cabecera Authorization.</translation>
    </message>
    <message>
        <source>The program says Content-Type: application/json.</source>
        <translation>El programa indica Content-Type: application/json.</translation>
    </message>
    <message>
        <source>The program sends another body: the answer names the field.</source>
        <translation>El programa envía otro cuerpo: la respuesta nombra el campo.</translation>
    </message>
    <message>
        <source>The program sends before it has the “authentication” frame: wait for it, then send.</source>
        <translation>El programa envía antes de tener la trama «authentication»: espérela y envíe después.</translation>
    </message>
    <message>
        <source>The program sends text that is no UTF-8: let a library encode it.</source>
        <translation>El programa envía texto que no es UTF-8: deje que una biblioteca lo codifique.</translation>
    </message>
    <message>
        <source>The program tries again after Retry-After; the log says what is away.</source>
        <translation>El programa lo intenta de nuevo tras Retry-After; el registro dice qué falta.</translation>
    </message>
    <message>
        <source>The recipient has to log in and fetch what waits.</source>
        <translation>El destinatario tiene que iniciar sesión y recoger lo que espera.</translation>
    </message>
    <message>
        <source>The recipient is connected to another server, which cannot be reached now.</source>
        <translation>El destinatario está conectado a otro servidor, que ahora no responde.</translation>
    </message>
    <message>
        <source>The regular expression is wrong ({reason}).</source>
        <translation>La expresión regular es incorrecta ({reason}).</translation>
    </message>
    <message>
        <source>The regular expression is wrong: {reason}.</source>
        <translation>La expresión regular es incorrecta: {reason}.</translation>
    </message>
    <message>
        <source>The request is deleted with its password. The name is free again.</source>
        <translation>La solicitud se elimina con su contraseña. El nombre queda libre.</translation>
    </message>
    <message>
        <source>The role &apos;{value}&apos; is unknown.</source>
        <translation>El rol &apos;{value}&apos; es desconocido.</translation>
    </message>
    <message>
        <source>The role must be &apos;host&apos; or &apos;member&apos;.</source>
        <translation>El rol debe ser &apos;host&apos; o &apos;member&apos;.</translation>
    </message>
    <message>
        <source>The run before</source>
        <translation>La ejecución anterior</translation>
    </message>
    <message>
        <source>The search looks at name, role and status.</source>
        <translation>La búsqueda mira nombre, rol y situación.</translation>
    </message>
    <message>
        <source>The secret contains half a character (a lone surrogate).</source>
        <translation>El secreto contiene medio carácter (un sustituto suelto).</translation>
    </message>
    <message>
        <source>The secret is a key pair.</source>
        <translation>El secreto es un par de claves.</translation>
    </message>
    <message>
        <source>The secret is set by JWT_SECRET.</source>
        <translation>El secreto lo fija JWT_SECRET.</translation>
    </message>
    <message>
        <source>The secret must have at least {min_secret_bytes} bytes.</source>
        <translation>El secreto debe tener al menos {min_secret_bytes} bytes.</translation>
    </message>
    <message>
        <source>The secret must have at most {value} bytes.</source>
        <translation>El secreto debe tener como máximo {value} bytes.</translation>
    </message>
    <message>
        <source>The secret repeats a few characters.</source>
        <translation>El secreto repite unos pocos caracteres.</translation>
    </message>
    <message>
        <source>The secret&apos;s file {file} is damaged.</source>
        <translation>El archivo del secreto {file} está dañado.</translation>
    </message>
    <message>
        <source>The secret&apos;s file {file} is gone.</source>
        <translation>El archivo del secreto {file} ha desaparecido.</translation>
    </message>
    <message>
        <source>The secret&apos;s file {file} was written by a newer version of this program.</source>
        <translation>El archivo del secreto {file} fue escrito por una versión más nueva de este programa.</translation>
    </message>
    <message>
        <source>The server has no room for more connections.</source>
        <translation>El servidor no tiene sitio para más conexiones.</translation>
    </message>
    <message>
        <source>The server is busy with other logins.</source>
        <translation>El servidor está ocupado con otros inicios de sesión.</translation>
    </message>
    <message>
        <source>The server is not running</source>
        <translation>El servidor no está en marcha</translation>
    </message>
    <message>
        <source>The server is not running.</source>
        <translation>El servidor no está en marcha.</translation>
    </message>
    <message>
        <source>The server is not running. Press Start.</source>
        <translation>El servidor no está en marcha. Pulse Iniciar.</translation>
    </message>
    <message>
        <source>The server is stopped. Start it before you run a snippet.</source>
        <translation>El servidor está detenido. Inícielo antes de ejecutar un ejemplo.</translation>
    </message>
    <message>
        <source>The server listens anew, which disconnects {clients}. They can connect again at once.</source>
        <translation>El servidor vuelve a escuchar, lo que desconecta {clients}. Pueden reconectarse enseguida.</translation>
    </message>
    <message>
        <source>The session is live.</source>
        <translation>La sesión está viva.</translation>
    </message>
    <message>
        <source>The session was ended: revoked or logged out.</source>
        <translation>La sesión terminó: fue revocada o se cerró.</translation>
    </message>
    <message>
        <source>The settings cannot be saved to {file} ({strerror}).</source>
        <translation>No se pueden guardar los ajustes en {file} ({strerror}).</translation>
    </message>
    <message>
        <source>The settings cannot be saved.</source>
        <translation>No se pueden guardar los ajustes.</translation>
    </message>
    <message>
        <source>The settings file {file} cannot be read ({error}).</source>
        <translation>No se puede leer el archivo de ajustes {file} ({error}).</translation>
    </message>
    <message>
        <source>The settings file {file} cannot be read ({strerror}).</source>
        <translation>No se puede leer el archivo de ajustes {file} ({strerror}).</translation>
    </message>
    <message>
        <source>The settings file {file} has an unknown key &apos;{group}&apos;.</source>
        <translation>El archivo de ajustes {file} tiene una clave desconocida &apos;{group}&apos;.</translation>
    </message>
    <message>
        <source>The settings file {file} has an unknown key &apos;{group}.{name}&apos;.</source>
        <translation>El archivo de ajustes {file} tiene una clave desconocida &apos;{group}.{name}&apos;.</translation>
    </message>
    <message>
        <source>The settings file {file} is gone.</source>
        <translation>El archivo de ajustes {file} ha desaparecido.</translation>
    </message>
    <message>
        <source>The settings file {file} is not valid TOML ({error}).</source>
        <translation>El archivo de ajustes {file} no es TOML válido ({error}).</translation>
    </message>
    <message>
        <source>The settings file {file} was changed by another program.</source>
        <translation>Otro programa cambió el archivo de ajustes {file}.</translation>
    </message>
    <message>
        <source>The settings file {file} was written by a newer version of this program (format {version}, known is {settings_version}).</source>
        <translation>El archivo de ajustes {file} fue escrito por una versión más nueva de este programa (formato {version}; se conoce el {settings_version}).</translation>
    </message>
    <message>
        <source>The settings stay as they are until this program ends.</source>
        <translation>Los ajustes quedan como están hasta que se cierre este programa.</translation>
    </message>
    <message>
        <source>The system lets this program open {open_files} files, which is enough for {allowed} of {wanted} connections.</source>
        <translation>El sistema permite a este programa abrir {open_files} archivos, que bastan para {allowed} de {wanted} conexiones.</translation>
    </message>
    <message>
        <source>The tabs below have what was asked and answered; docs/protocol.md lists every code.</source>
        <translation>Las pestañas de abajo tienen lo que se pidió y se respondió; docs/protocol.md enumera todos los códigos.</translation>
    </message>
    <message>
        <source>The test cannot be written ({why}).</source>
        <translation>No se puede escribir la prueba ({why}).</translation>
    </message>
    <message>
        <source>The time is no number.</source>
        <translation>La hora no es un número.</translation>
    </message>
    <message>
        <source>The time of expiry is missing or no number.</source>
        <translation>La hora de vencimiento falta o no es un número.</translation>
    </message>
    <message>
        <source>The token has expired.</source>
        <translation>El token ha caducado.</translation>
    </message>
    <message>
        <source>The token is meant for another service.</source>
        <translation>El token está destinado a otro servicio.</translation>
    </message>
    <message>
        <source>The token is not a valid JSON Web Token.</source>
        <translation>El token no es un JSON Web Token válido.</translation>
    </message>
    <message>
        <source>The token is not valid yet.</source>
        <translation>El token aún no es válido.</translation>
    </message>
    <message>
        <source>The token names no user.</source>
        <translation>El token no nombra a ningún usuario.</translation>
    </message>
    <message>
        <source>The token or password in this frame was not kept</source>
        <translation>El token o la contraseña de esta trama no se conservó</translation>
    </message>
    <message>
        <source>The token was issued by another server.</source>
        <translation>El token lo emitió otro servidor.</translation>
    </message>
    <message>
        <source>The token was not signed by this server.</source>
        <translation>El token no lo firmó este servidor.</translation>
    </message>
    <message>
        <source>The token was revoked.</source>
        <translation>El token fue revocado.</translation>
    </message>
    <message>
        <source>The token&apos;s id is no text.</source>
        <translation>El identificador del token no es texto.</translation>
    </message>
    <message>
        <source>The traffic cannot be written to {file} ({strerror}).</source>
        <translation>No se puede escribir el tráfico en {file} ({strerror}).</translation>
    </message>
    <message>
        <source>The user id is missing or no text.</source>
        <translation>El identificador del usuario falta o no es texto.</translation>
    </message>
    <message>
        <source>The username &apos;{name}&apos; is reserved for the server.</source>
        <translation>El nombre &apos;{name}&apos; está reservado para el servidor.</translation>
    </message>
    <message>
        <source>The username &apos;{username}&apos; is taken.</source>
        <translation>El nombre &apos;{username}&apos; está ocupado.</translation>
    </message>
    <message>
        <source>The username has a blank at its start or end, or two beside each other.</source>
        <translation>El nombre tiene un espacio al principio o al final, o dos seguidos.</translation>
    </message>
    <message>
        <source>The username has a combining mark that does not belong to a letter, or more than {max_marks_per_letter} on one letter.</source>
        <translation>El nombre tiene una marca combinante que no pertenece a una letra, o más de {max_marks_per_letter} en una letra.</translation>
    </message>
    <message>
        <source>The username has the invisible joiner U+{value} where it joins nothing.</source>
        <translation>El nombre tiene el carácter de unión invisible U+{value} donde no une nada.</translation>
    </message>
    <message>
        <source>The username mixes digits of different scripts.</source>
        <translation>El nombre mezcla dígitos de escrituras distintas.</translation>
    </message>
    <message>
        <source>The username mixes letters of {listed}, which can look alike.</source>
        <translation>El nombre mezcla letras de {listed}, que pueden parecerse.</translation>
    </message>
    <message>
        <source>The username must consist of letters, digits, single blanks and . _ - @ + &apos; but has {character}.</source>
        <translation>El nombre debe constar de letras, dígitos, espacios sueltos y . _ - @ + &apos; pero tiene {character}.</translation>
    </message>
    <message>
        <source>The username must have {username_min_letters} to {username_max_chars} characters.</source>
        <translation>El nombre debe tener de {username_min_letters} a {username_max_chars} caracteres.</translation>
    </message>
    <message>
        <source>The version in the settings file {file} is no number.</source>
        <translation>La versión del archivo de ajustes {file} no es un número.</translation>
    </message>
    <message>
        <source>The window is built anew when it changes. The web client has its own, under Room.</source>
        <translation>La ventana se reconstruye cuando cambia. El cliente web tiene el suyo, en Sala.</translation>
    </message>
    <message>
        <source>The window needs a screen.</source>
        <translation>La ventana necesita una pantalla.</translation>
    </message>
    <message>
        <source>The window speaks the other language from the next start on: something is still open.</source>
        <translation>La ventana hablará el otro idioma desde el próximo inicio: aún hay algo abierto.</translation>
    </message>
    <message>
        <source>Their process was ended from outside.</source>
        <translation>Su proceso fue terminado desde fuera.</translation>
    </message>
    <message>
        <source>Then connected</source>
        <translation>Conectados entonces</translation>
    </message>
    <message>
        <source>There are no two runs to compare: rows of at least two starts are needed.</source>
        <translation>No hay dos ejecuciones que comparar: hacen falta filas de al menos dos inicios.</translation>
    </message>
    <message>
        <source>There are too many connections from your address.</source>
        <translation>Hay demasiadas conexiones desde su dirección.</translation>
    </message>
    <message>
        <source>There are too many guests already.</source>
        <translation>Ya hay demasiados invitados.</translation>
    </message>
    <message>
        <source>There are {max_invites} invitations already.</source>
        <translation>Ya hay {max_invites} invitaciones.</translation>
    </message>
    <message>
        <source>There is no account of this name.</source>
        <translation>No hay ninguna cuenta con este nombre.</translation>
    </message>
    <message>
        <source>There is no account “{name}”.</source>
        <translation>No hay ninguna cuenta «{name}».</translation>
    </message>
    <message>
        <source>There is no field “{name}:”.</source>
        <translation>No hay ningún campo «{name}:».</translation>
    </message>
    <message>
        <source>There is no home folder to keep files in: HOME is not set, and the system knows none for this user.</source>
        <translation>No hay carpeta personal donde guardar archivos: HOME no está definido y el sistema no conoce ninguna para este usuario.</translation>
    </message>
    <message>
        <source>There is no screen: neither DISPLAY nor WAYLAND_DISPLAY is set.</source>
        <translation>No hay pantalla: ni DISPLAY ni WAYLAND_DISPLAY están definidos.</translation>
    </message>
    <message>
        <source>There is no screen: nothing answers at {where}.</source>
        <translation>No hay pantalla: nada responde en {where}.</translation>
    </message>
    <message>
        <source>There is no user or connection “{name}”.</source>
        <translation>No hay usuario ni conexión «{name}».</translation>
    </message>
    <message>
        <source>There is nothing left to do here.</source>
        <translation>No queda nada que hacer aquí.</translation>
    </message>
    <message>
        <source>These changes disconnect {clients}. They can connect again at the new address.</source>
        <translation>Estos cambios desconectan {clients}. Pueden reconectarse en la nueva dirección.</translation>
    </message>
    <message>
        <source>These rows made room for newer ones.</source>
        <translation>Estas filas dejaron sitio a otras más nuevas.</translation>
    </message>
    <message>
        <source>They can connect again after a pause. Ban or disable the account to keep them out.</source>
        <translation>Pueden reconectarse tras una pausa. Bloquee o desactive la cuenta para impedirlo.</translation>
    </message>
    <message>
        <source>They can connect again at once; a ban keeps people out.</source>
        <translation>Pueden volver a conectarse al instante; un bloqueo impide la entrada.</translation>
    </message>
    <message>
        <source>They can log in again with their password.</source>
        <translation>Pueden volver a entrar con su contraseña.</translation>
    </message>
    <message>
        <source>They choose another name, or log in with this one.</source>
        <translation>Debe elegir otro nombre, o iniciar sesión con este.</translation>
    </message>
    <message>
        <source>They may try again now.</source>
        <translation>Puede intentarlo de nuevo ahora.</translation>
    </message>
    <message>
        <source>They stay in force until this program ends.</source>
        <translation>Siguen en vigor hasta que se cierre este programa.</translation>
    </message>
    <message>
        <source>This account does not exist; it may have been deleted meanwhile.</source>
        <translation>Esta cuenta no existe; puede que se eliminara mientras tanto.</translation>
    </message>
    <message>
        <source>This account is disabled.</source>
        <translation>Esta cuenta está deshabilitada.</translation>
    </message>
    <message>
        <source>This account is gone by now.</source>
        <translation>Esta cuenta ya no existe.</translation>
    </message>
    <message>
        <source>This account no longer exists.</source>
        <translation>Esta cuenta ya no existe.</translation>
    </message>
    <message>
        <source>This account waits for the host&apos;s approval.</source>
        <translation>Esta cuenta espera la aprobación del anfitrión.</translation>
    </message>
    <message>
        <source>This account was deleted meanwhile.</source>
        <translation>Esta cuenta se eliminó entretanto.</translation>
    </message>
    <message>
        <source>This address works on this computer only.</source>
        <translation>Esta dirección solo funciona en este equipo.</translation>
    </message>
    <message>
        <source>This cannot be undone. Afterwards anybody may take the name.</source>
        <translation>No se puede deshacer. Después cualquiera puede tomar el nombre.</translation>
    </message>
    <message>
        <source>This character cannot be sent as UTF-8.</source>
        <translation>Este carácter no se puede enviar como UTF-8.</translation>
    </message>
    <message>
        <source>This client sends more than {rate} messages a second; the frame was dropped.</source>
        <translation>Este cliente envía más de {rate} mensajes por segundo; la trama se descartó.</translation>
    </message>
    <message>
        <source>This computer</source>
        <translation>Este equipo</translation>
    </message>
    <message>
        <source>This computer  ·  only programs on it</source>
        <translation>Este equipo  ·  solo sus programas</translation>
    </message>
    <message>
        <source>This computer itself cannot be banned</source>
        <translation>Este equipo no se puede bloquear</translation>
    </message>
    <message>
        <source>This connection is gone or not logged in, so nothing was sent.</source>
        <translation>Esta conexión ya no existe o no ha iniciado sesión, así que no se envió nada.</translation>
    </message>
    <message>
        <source>This connection is gone, so nothing was sent in its name.</source>
        <translation>Esta conexión ya no existe, así que no se envió nada en su nombre.</translation>
    </message>
    <message>
        <source>This disconnects {clients} over {seconds} s; they come back to the other nodes. {node} gets no newcomers from the balancer until you let it.</source>
        <translation>Desconecta {clients} a lo largo de {seconds} s; vuelven a los otros nodos. El balanceador no envía a nadie nuevo a {node} hasta que usted lo permita.</translation>
    </message>
    <message>
        <source>This disconnects {clients}. They can connect again when it runs.</source>
        <translation>Esto desconecta {clients}. Pueden reconectarse cuando esté en marcha.</translation>
    </message>
    <message>
        <source>This invitation {why}.</source>
        <translation>Esta invitación {why}.</translation>
    </message>
    <message>
        <source>This is a mistake of the server: the log has more.</source>
        <translation>Es un fallo del servidor: el registro dice más.</translation>
    </message>
    <message>
        <source>This is nested too deeply to be sent.</source>
        <translation>Está anidado con demasiada profundidad para enviarlo.</translation>
    </message>
    <message>
        <source>This is {file}: {rows}, read-only.</source>
        <translation>Esto es {file}: {rows}, solo lectura.</translation>
    </message>
    <message>
        <source>This message was not sent.</source>
        <translation>Este mensaje no se envió.</translation>
    </message>
    <message>
        <source>This row belongs to no connection</source>
        <translation>Esta fila no pertenece a ninguna conexión</translation>
    </message>
    <message>
        <source>This row is of a file</source>
        <translation>Esta fila es de un archivo</translation>
    </message>
    <message>
        <source>This run</source>
        <translation>Esta ejecución</translation>
    </message>
    <message>
        <source>This server accepts it; it expires {when}.</source>
        <translation>Este servidor lo acepta; caduca {when}.</translation>
    </message>
    <message>
        <source>This server does not know the token.</source>
        <translation>Este servidor no conoce el token.</translation>
    </message>
    <message>
        <source>This server is alone, and needs nothing else. Several that are one: see docs/cluster.md and the cluster&apos;s address on the Settings page.</source>
        <translation>Este servidor está solo y no necesita nada más. Varios que actúan como uno: véase docs/cluster.md y la dirección del clúster en la página Ajustes.</translation>
    </message>
    <message>
        <source>This server is not known as &apos;{host}&apos;.</source>
        <translation>Este servidor no se conoce como &apos;{host}&apos;.</translation>
    </message>
    <message>
        <source>This server knows no session by this id.</source>
        <translation>Este servidor no conoce ninguna sesión con este identificador.</translation>
    </message>
    <message>
        <source>This server refuses it ({reason}). {words}</source>
        <translation>Este servidor lo rechaza ({reason}). {words}</translation>
    </message>
    <message>
        <source>This system does not let it: {reason}.</source>
        <translation>Este sistema no lo permite: {reason}.</translation>
    </message>
    <message>
        <source>This system does not let you use port {port}.</source>
        <translation>Este sistema no le permite usar el puerto {port}.</translation>
    </message>
    <message>
        <source>Those known before stay in force.</source>
        <translation>Los conocidos antes siguen en vigor.</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Hora</translation>
    </message>
    <message>
        <source>Time order</source>
        <translation>Por hora</translation>
    </message>
    <message>
        <source>Title</source>
        <translation>Título</translation>
    </message>
    <message>
        <source>To</source>
        <translation>A</translation>
    </message>
    <message>
        <source>To allow it: {value}={whole} (Settings, {group}, {label}).</source>
        <translation>Para permitirlo: {value}={whole} (Ajustes, {group}, {label}).</translation>
    </message>
    <message>
        <source>To everyone: everybody, or only you and accounts with the role host. Direct messages go on.</source>
        <translation>A todos: cualquiera, o solo usted y las cuentas con rol de anfitrión. Los directos continúan.</translation>
    </message>
    <message>
        <source>To keep the settings shown here, move the file away.</source>
        <translation>Para conservar los ajustes mostrados aquí, aparte el archivo.</translation>
    </message>
    <message>
        <source>To search for a path, quote it.</source>
        <translation>Para buscar una ruta, entrecomíllela.</translation>
    </message>
    <message>
        <source>To search for the text, quote it.</source>
        <translation>Para buscar el texto, entrecomíllelo.</translation>
    </message>
    <message>
        <source>To stop it: Activity Monitor, process {pid}, Quit.</source>
        <translation>Para detenerlo: Monitor de Actividad, proceso {pid}, Salir.</translation>
    </message>
    <message>
        <source>To stop it: Task Manager, Details, process {pid}, End task.</source>
        <translation>Para detenerlo: Administrador de tareas, Detalles, proceso {pid}, Finalizar tarea.</translation>
    </message>
    <message>
        <source>To whom</source>
        <translation>A quién</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>Hoy</translation>
    </message>
    <message>
        <source>Token</source>
        <translation>Token</translation>
    </message>
    <message>
        <source>Token and snippets…</source>
        <translation>Token y ejemplos…</translation>
    </message>
    <message>
        <source>Token expired ({code}).</source>
        <translation>Token caducado ({code}).</translation>
    </message>
    <message>
        <source>Token for {name}</source>
        <translation>Token para {name}</translation>
    </message>
    <message>
        <source>Token inspector</source>
        <translation>Inspector de tokens</translation>
    </message>
    <message>
        <source>Token life</source>
        <translation>Duración de los tokens</translation>
    </message>
    <message>
        <source>Tokens end at once, and logging in is refused until you enable them again.</source>
        <translation>Los tokens terminan al instante y se rechaza el acceso hasta que los active de nuevo.</translation>
    </message>
    <message>
        <source>Tokens go on working until this program ends; at the next start a new secret is made and everyone logs in again.</source>
        <translation>Los tokens siguen valiendo hasta que se cierre este programa; en el próximo inicio se crea un secreto nuevo y todos inician sesión de nuevo.</translation>
    </message>
    <message>
        <source>Tokens of your backend</source>
        <translation>Tokens de su backend</translation>
    </message>
    <message>
        <source>Tomorrow</source>
        <translation>Mañana</translation>
    </message>
    <message>
        <source>Too many attempts.</source>
        <translation>Demasiados intentos.</translation>
    </message>
    <message>
        <source>Too many messages are being read just now.</source>
        <translation>Se están leyendo demasiados mensajes en este momento.</translation>
    </message>
    <message>
        <source>Too many messages wait for this user already.</source>
        <translation>Ya esperan demasiados mensajes para este usuario.</translation>
    </message>
    <message>
        <source>Too many people wait for approval.</source>
        <translation>Demasiadas personas esperan aprobación.</translation>
    </message>
    <message>
        <source>Traffic</source>
        <translation>Tráfico</translation>
    </message>
    <message>
        <source>Trusted proxies</source>
        <translation>Proxies de confianza</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Reintentar</translation>
    </message>
    <message>
        <source>Try again in {retry_after_s} s.</source>
        <translation>Inténtelo de nuevo en {retry_after_s} s.</translation>
    </message>
    <message>
        <source>Try again later.</source>
        <translation>Inténtelo de nuevo más tarde.</translation>
    </message>
    <message>
        <source>Try again.</source>
        <translation>Inténtelo de nuevo.</translation>
    </message>
    <message>
        <source>Try it from another device</source>
        <translation>Pruébelo desde otro dispositivo</translation>
    </message>
    <message>
        <source>Two runs compared</source>
        <translation>Dos ejecuciones comparadas</translation>
    </message>
    <message>
        <source>Type</source>
        <translation>Tipo</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Deshacer</translation>
    </message>
    <message>
        <source>Until</source>
        <translation>Hasta</translation>
    </message>
    <message>
        <source>Until I lift it</source>
        <translation>Hasta que lo levante</translation>
    </message>
    <message>
        <source>Until a time…</source>
        <translation>Hasta una hora…</translation>
    </message>
    <message>
        <source>Up</source>
        <translation>Activo</translation>
    </message>
    <message>
        <source>Use a random one.</source>
        <translation>Use uno aleatorio.</translation>
    </message>
    <message>
        <source>Use its address, or have the host list this name.</source>
        <translation>Use su dirección, o pida al anfitrión que añada este nombre.</translation>
    </message>
    <message>
        <source>Use localhost, 0.0.0.0 or one adapter&apos;s address.</source>
        <translation>Use localhost, 0.0.0.0 o la dirección de un adaptador.</translation>
    </message>
    <message>
        <source>Use one kind.</source>
        <translation>Use un solo tipo.</translation>
    </message>
    <message>
        <source>Use one script.</source>
        <translation>Use una sola escritura.</translation>
    </message>
    <message>
        <source>Use one without it.</source>
        <translation>Use una sin contraseña.</translation>
    </message>
    <message>
        <source>Use port {port}</source>
        <translation>Usar el puerto {port}</translation>
    </message>
    <message>
        <source>Use the newer program, or choose another data folder.</source>
        <translation>Use el programa más nuevo, o elija otra carpeta de datos.</translation>
    </message>
    <message>
        <source>Use the newer program, or move the file away to have a new secret made.</source>
        <translation>Use el programa más nuevo, o aparte el archivo para que se cree un secreto nuevo.</translation>
    </message>
    <message>
        <source>Use the newer program, or move the file away.</source>
        <translation>Use el programa más nuevo, o aparte el archivo.</translation>
    </message>
    <message>
        <source>Use this one</source>
        <translation>Usar esta</translation>
    </message>
    <message>
        <source>Used</source>
        <translation>Usado</translation>
    </message>
    <message>
        <source>User</source>
        <translation>Usuario</translation>
    </message>
    <message>
        <source>User {name}</source>
        <translation>Usuario {name}</translation>
    </message>
    <message>
        <source>Username or password is wrong.</source>
        <translation>Usuario o contraseña incorrectos.</translation>
    </message>
    <message>
        <source>Users as they were</source>
        <translation>Los usuarios tal como estaban</translation>
    </message>
    <message>
        <source>Users to send to</source>
        <translation>Usuarios destinatarios</translation>
    </message>
    <message>
        <source>Uses</source>
        <translation>Usos</translation>
    </message>
    <message>
        <source>Valid for</source>
        <translation>Válido por</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>Valor</translation>
    </message>
    <message>
        <source>Verdict</source>
        <translation>Veredicto</translation>
    </message>
    <message>
        <source>Version</source>
        <translation>Versión</translation>
    </message>
    <message>
        <source>Very weak</source>
        <translation>Muy débil</translation>
    </message>
    <message>
        <source>Wait as long as the answer says, or let them try again now.</source>
        <translation>Espere el tiempo que dice la respuesta, o deje que lo intente de nuevo ahora.</translation>
    </message>
    <message>
        <source>Wait as long as the answer says.</source>
        <translation>Espere el tiempo que dice la respuesta.</translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation>En espera</translation>
    </message>
    <message>
        <source>Waiting ({people})</source>
        <translation>En espera ({people})</translation>
    </message>
    <message>
        <source>Waiting for a device. The code holds for {time}.</source>
        <translation>Esperando un dispositivo. El código vale {time}.</translation>
    </message>
    <message>
        <source>Waiting list</source>
        <translation>Lista de espera</translation>
    </message>
    <message>
        <source>Waiting list ({people})</source>
        <translation>Lista de espera ({people})</translation>
    </message>
    <message>
        <source>Waiting, as they read slowly: {waiting}.</source>
        <translation>En espera, porque leen despacio: {waiting}.</translation>
    </message>
    <message>
        <source>What hosts do is noted here: start and stop, settings, accounts, bans.</source>
        <translation>Aquí consta lo que hacen los anfitriones: inicio y parada, ajustes, cuentas, bloqueos.</translation>
    </message>
    <message>
        <source>What is done here is done to all of them.</source>
        <translation>Lo que se haga aquí se hace a todos.</translation>
    </message>
    <message>
        <source>What is long goes by WebSocket.</source>
        <translation>Lo largo va por WebSocket.</translation>
    </message>
    <message>
        <source>Whom or what</source>
        <translation>A quién o qué</translation>
    </message>
    <message>
        <source>Words are searched in the content.
user: type: dir: ip: conn: code: to: node: compare a field, with * for any characters
is:error   content.path:value   size&gt;1k   took&gt;100ms   time&gt;20:41   or
/regular expression/   !not this   &quot;several words&quot;
Press / to come here, Return to go back, Escape to show everything.</source>
        <translation>Las palabras se buscan en el contenido.
user: type: dir: ip: conn: code: to: node: comparan un campo, con * para cualquier carácter
is:error   content.path:value   size&gt;1k   took&gt;100ms   time&gt;20:41   or
/expresión regular/   !esto no   &quot;varias palabras&quot;
Pulse / para venir aquí, Return para volver, Escape para mostrar todo.</translation>
    </message>
    <message>
        <source>Words of the name, address or app, #12 for a connection, or node:NAME</source>
        <translation>Palabras del nombre, la dirección o la aplicación, #12 para una conexión o node:NOMBRE</translation>
    </message>
    <message>
        <source>Warning</source>
        <translation>Aviso</translation>
    </message>
    <message>
        <source> a second</source>
        <translation> por segundo</translation>
    </message>
    <message>
        <source> bytes</source>
        <translation> bytes</translation>
    </message>
    <message>
        <source> bytes/s</source>
        <translation> bytes/s</translation>
    </message>
    <message>
        <source>&amp;Faults…</source>
        <translation>&amp;Fallos…</translation>
    </message>
    <message>
        <source>99 % within</source>
        <translation>99 % en</translation>
    </message>
    <message>
        <source>A message from “server”</source>
        <translation>Un mensaje de «server»</translation>
    </message>
    <message>
        <source>Choose {another}, or stop that program.</source>
        <translation>Elija {another} o detenga ese programa.</translation>
    </message>
    <message>
        <source>Choose {another}.</source>
        <translation>Elija {another}.</translation>
    </message>
    <message>
        <source>The certificate is for {known}: browsers warn at {names}.</source>
        <translation>El certificado es para {known}: los navegadores avisan en {names}.</translation>
    </message>
    <message>
        <source>The client sends it again after “retryAfterMs”; the log says what is away.</source>
        <translation>El cliente lo envía de nuevo después de «retryAfterMs»; el registro dice qué falta.</translation>
    </message>
    <message>
        <source>The client waits as long as the error says, or you allow everyone {value} a second.</source>
        <translation>El cliente espera el tiempo que dice el error, o usted permite a todos {value} por segundo.</translation>
    </message>
    <message>
        <source>The secret&apos;s file {file} cannot be read ({why}).</source>
        <translation>No se puede leer el archivo del secreto {file} ({why}).</translation>
    </message>
    <message>
        <source>The secret&apos;s file {file} cannot be written ({why}).</source>
        <translation>No se puede escribir el archivo del secreto {file} ({why}).</translation>
    </message>
    <message>
        <source>This frame, as written</source>
        <translation>Esta trama, tal como se escribió</translation>
    </message>
    <message>
        <source>Time that has passed</source>
        <translation>Tiempo transcurrido</translation>
    </message>
    <message>
        <source>To clients only</source>
        <translation>Solo a clientes</translation>
    </message>
    <message>
        <source>Warnings and errors</source>
        <translation>Avisos y errores</translation>
    </message>
    <message>
        <source>Weak</source>
        <translation>Débil</translation>
    </message>
    <message>
        <source>Web pages that may connect, such as https://app.example.org or https://*.example.org; null for pages opened from disk.</source>
        <translation>Páginas web que pueden conectarse, como https://app.example.org o https://*.example.org; null para páginas abiertas desde el disco.</translation>
    </message>
    <message>
        <source>Welcome</source>
        <translation>Bienvenida</translation>
    </message>
    <message>
        <source>What</source>
        <translation>Qué</translation>
    </message>
    <message>
        <source>What clients make of a bad network. The server itself stays well.</source>
        <translation>Cómo llevan los clientes una red mala. El servidor sigue bien.</translation>
    </message>
    <message>
        <source>What happened</source>
        <translation>Qué pasó</translation>
    </message>
    <message>
        <source>What it says counts from the next start; until then nothing is saved.</source>
        <translation>Lo que dice vale desde el próximo inicio; hasta entonces no se guarda nada.</translation>
    </message>
    <message>
        <source>What passes is also kept in a file of at most this size, across launches; 0: off.</source>
        <translation>Lo que pasa también se guarda en un archivo de este tamaño como máximo, entre inicios; 0: no.</translation>
    </message>
    <message>
        <source>What they say</source>
        <translation>Qué dicen</translation>
    </message>
    <message>
        <source>What this is, above the web client, such as the class or event.</source>
        <translation>Qué es esto, sobre el cliente web, como la clase o el evento.</translation>
    </message>
    <message>
        <source>What this server is for</source>
        <translation>Para qué es este servidor</translation>
    </message>
    <message>
        <source>What to send</source>
        <translation>Qué enviar</translation>
    </message>
    <message>
        <source>What waits for all slow clients together, and likewise what has come of all unfinished messages; beyond it, those who hold most are closed (4008, 1009).</source>
        <translation>Lo que espera para todos los clientes lentos juntos, y lo recibido de mensajes incompletos; por encima se cierran los que más retienen (4008, 1009).</translation>
    </message>
    <message>
        <source>What was done to accounts, and by whom, is forgotten after so long.</source>
        <translation>Lo hecho a las cuentas, y por quién, se olvida tras este tiempo.</translation>
    </message>
    <message>
        <source>What was said since they joined</source>
        <translation>Lo dicho desde que se unieron</translation>
    </message>
    <message>
        <source>What you paste is neither kept nor logged, and looking is no use of the token.</source>
        <translation>Lo que pegue no se guarda ni se registra, y mirarlo no es usar el token.</translation>
    </message>
    <message>
        <source>When Windows asks, choose Allow; or this line in a terminal run as administrator:</source>
        <translation>Cuando Windows pregunte, elija Permitir; o esta línea en un terminal abierto como administrador:</translation>
    </message>
    <message>
        <source>Where</source>
        <translation>Dónde</translation>
    </message>
    <message>
        <source>Which log</source>
        <translation>Qué registro</translation>
    </message>
    <message>
        <source>Who</source>
        <translation>Quién</translation>
    </message>
    <message>
        <source>Who can reach the server</source>
        <translation>Quién alcanza el servidor</translation>
    </message>
    <message>
        <source>Who may make an account: anyone who reaches the server, whoever has an invitation, whomever you approve, or nobody.</source>
        <translation>Quién puede crear una cuenta: quien alcance el servidor, quien tenga invitación, quien usted apruebe, o nadie.</translation>
    </message>
    <message>
        <source>Who may write</source>
        <translation>Quién puede escribir</translation>
    </message>
    <message>
        <source>Who may write and come in</source>
        <translation>Quién puede escribir y entrar</translation>
    </message>
    <message>
        <source>Who waits</source>
        <translation>Quién espera</translation>
    </message>
    <message>
        <source>Whoever opens it can register.</source>
        <translation>Quien lo abra puede registrarse.</translation>
    </message>
    <message>
        <source>Whole</source>
        <translation>Entero</translation>
    </message>
    <message>
        <source>Whole screen</source>
        <translation>Toda la pantalla</translation>
    </message>
    <message>
        <source>Whose</source>
        <translation>De quién</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>Por qué</translation>
    </message>
    <message>
        <source>Wi-Fi of the room</source>
        <translation>Wifi de la sala</translation>
    </message>
    <message>
        <source>Windows Defender Firewall blocks this program on {name} networks.</source>
        <translation>El Firewall de Windows Defender bloquea este programa en redes {name}.</translation>
    </message>
    <message>
        <source>Windows Defender Firewall could not be read.</source>
        <translation>No se pudo leer el Firewall de Windows Defender.</translation>
    </message>
    <message>
        <source>Windows Defender Firewall lets this program in.</source>
        <translation>El Firewall de Windows Defender admite este programa.</translation>
    </message>
    <message>
        <source>Windows Security, Firewall &amp; network protection, Allow an app through firewall: tick it.</source>
        <translation>Seguridad de Windows, Firewall y protección de red, Permitir una aplicación a través del firewall: márquelo.</translation>
    </message>
    <message>
        <source>With clients connected: ask, keep the server running out of sight, or stop it.</source>
        <translation>Con clientes conectados: preguntar, seguir sin verse, o detenerlo.</translation>
    </message>
    <message>
        <source>With the account go {at_least}{messages} it wrote or was sent, {waiting} of them still waiting.</source>
        <translation>Con la cuenta se van {at_least}{messages} que escribió o recibió; {waiting} aún esperan.</translation>
    </message>
    <message>
        <source>Within</source>
        <translation>En</translation>
    </message>
    <message>
        <source>Without one, run the server alone: authws-desktop serve (authws-desktop serve --help shows its options).</source>
        <translation>Sin ella, ejecute solo el servidor: authws-desktop serve (authws-desktop serve --help muestra sus opciones).</translation>
    </message>
    <message>
        <source>Write a JSON value, such as {&quot;text&quot;: &quot;hello&quot;}.</source>
        <translation>Escriba un valor JSON, como {&quot;text&quot;: &quot;hello&quot;}.</translation>
    </message>
    <message>
        <source>Write a blank after the quoted text.</source>
        <translation>Escriba un espacio después del texto entrecomillado.</translation>
    </message>
    <message>
        <source>Write a filter after “or”.</source>
        <translation>Escriba un filtro después de «or».</translation>
    </message>
    <message>
        <source>Write a filter before “or”, or quote it to search for the word.</source>
        <translation>Escriba un filtro antes de «or», o entrecomíllelo para buscar la palabra.</translation>
    </message>
    <message>
        <source>Write a number or null.</source>
        <translation>Escriba un número o null.</translation>
    </message>
    <message>
        <source>Write a value after “{value}:”.</source>
        <translation>Escriba un valor después de «{value}:».</translation>
    </message>
    <message>
        <source>Write localhost, 0.0.0.0 or one adapter&apos;s address, without http:// and port; not “{value}”.</source>
        <translation>Escriba localhost, 0.0.0.0 o la dirección de un adaptador, sin http:// ni puerto; no «{value}».</translation>
    </message>
    <message>
        <source>Write one such as 192.168.1.20.</source>
        <translation>Escriba una como 192.168.1.20.</translation>
    </message>
    <message>
        <source>Write the keys on the way, such as content.text.</source>
        <translation>Escriba las claves del camino, por ejemplo content.text.</translation>
    </message>
    <message>
        <source>Write what to leave out after “!”.</source>
        <translation>Escriba después de «!» lo que se excluye.</translation>
    </message>
    <message>
        <source>Write “!” before what to leave out, or quote “not” to search for the word.</source>
        <translation>Escriba «!» ante lo que se excluye, o entrecomille «not» para buscar la palabra.</translation>
    </message>
    <message>
        <source>Write “or” between two filters.</source>
        <translation>Escriba «or» entre dos filtros.</translation>
    </message>
    <message>
        <source>Written to {connections}.</source>
        <translation>Escrito a {connections}.</translation>
    </message>
    <message>
        <source>Written to {written} of {connections} within {time}.</source>
        <translation>Escrito a {written} de {connections} en {time}.</translation>
    </message>
    <message>
        <source>Written to {written} of {receivers} within {took}.</source>
        <translation>Escrito a {written} de {receivers} en {took}.</translation>
    </message>
    <message>
        <source>Wrote {rows} to {file}, and {test}, which replays them.</source>
        <translation>Se escribieron {rows} en {file}, y {test}, que las reproduce.</translation>
    </message>
    <message>
        <source>Yes, after a new login.</source>
        <translation>Sí, después de iniciar sesión de nuevo.</translation>
    </message>
    <message>
        <source>Yes, after a pause.</source>
        <translation>Sí, después de una pausa.</translation>
    </message>
    <message>
        <source>Yes, then authenticate.</source>
        <translation>Sí; después, autentíquese.</translation>
    </message>
    <message>
        <source>Yes, with backoff.</source>
        <translation>Sí, con espera creciente.</translation>
    </message>
    <message>
        <source>Yesterday</source>
        <translation>Ayer</translation>
    </message>
    <message>
        <source>accepted</source>
        <translation>aceptado</translation>
    </message>
    <message>
        <source>account</source>
        <translation>cuenta</translation>
    </message>
    <message>
        <source>acknowledged</source>
        <translation>confirmado</translation>
    </message>
    <message>
        <source>active</source>
        <translation>activa</translation>
    </message>
    <message>
        <source>address</source>
        <translation>dirección</translation>
    </message>
    <message>
        <source>all nodes</source>
        <translation>todos los nodos</translation>
    </message>
    <message>
        <source>always the same</source>
        <translation>siempre igual</translation>
    </message>
    <message>
        <source>an earlier secret that is still accepted</source>
        <translation>un secreto anterior que aún se acepta</translation>
    </message>
    <message>
        <source>and {count} more</source>
        <translation>y {count} más</translation>
    </message>
    <message>
        <source>another copy of this program ({owner})</source>
        <translation>otra copia de este programa ({owner})</translation>
    </message>
    <message>
        <source>another port</source>
        <translation>otro puerto</translation>
    </message>
    <message>
        <source>another program</source>
        <translation>otro programa</translation>
    </message>
    <message>
        <source>another program ({owner})</source>
        <translation>otro programa ({owner})</translation>
    </message>
    <message>
        <source>any</source>
        <translation>cualquiera</translation>
    </message>
    <message>
        <source>any free port</source>
        <translation>cualquier puerto libre</translation>
    </message>
    <message>
        <source>at least </source>
        <translation>al menos </translation>
    </message>
    <message>
        <source>away</source>
        <translation>no disponible</translation>
    </message>
    <message>
        <source>binary</source>
        <translation>binario</translation>
    </message>
    <message>
        <source>bytes</source>
        <translation>bytes</translation>
    </message>
    <message>
        <source>cannot be counted now</source>
        <translation>no se pueden contar ahora</translation>
    </message>
    <message>
        <source>characters</source>
        <translation>caracteres</translation>
    </message>
    <message>
        <source>club makes http://club.local:PORT work on most devices nearby. Empty: none.</source>
        <translation>club hace que http://club.local:PORT funcione en la mayoría de los dispositivos cercanos. Vacío: ninguno.</translation>
    </message>
    <message>
        <source>command line</source>
        <translation>línea de órdenes</translation>
    </message>
    <message>
        <source>connections</source>
        <translation>conexiones</translation>
    </message>
    <message>
        <source>days</source>
        <translation>días</translation>
    </message>
    <message>
        <source>default</source>
        <translation>predeterminado</translation>
    </message>
    <message>
        <source>differs</source>
        <translation>difiere</translation>
    </message>
    <message>
        <source>disabled</source>
        <translation>desactivada</translation>
    </message>
    <message>
        <source>disabled: cannot log in</source>
        <translation>desactivada: no puede entrar</translation>
    </message>
    <message>
        <source>does not exist or was revoked</source>
        <translation>no existe o fue revocada</translation>
    </message>
    <message>
        <source>done</source>
        <translation>hecho</translation>
    </message>
    <message>
        <source>draining</source>
        <translation>vaciándose</translation>
    </message>
    <message>
        <source>ends too early</source>
        <translation>termina demasiado pronto</translation>
    </message>
    <message>
        <source>ends {connections}</source>
        <translation>termina {connections}</translation>
    </message>
    <message>
        <source>environment</source>
        <translation>entorno</translation>
    </message>
    <message>
        <source>expired</source>
        <translation>caducado</translation>
    </message>
    <message>
        <source>expired; choose a life for a new one</source>
        <translation>caducado; elija una duración para uno nuevo</translation>
    </message>
    <message>
        <source>filtering, {percent} %</source>
        <translation>filtrando, {percent} %</translation>
    </message>
    <message>
        <source>generated</source>
        <translation>generada</translation>
    </message>
    <message>
        <source>given</source>
        <translation>dada</translation>
    </message>
    <message>
        <source>good</source>
        <translation>bien</translation>
    </message>
    <message>
        <source>guest</source>
        <translation>invitado</translation>
    </message>
    <message>
        <source>half of a surrogate pair stands alone (byte {half})</source>
        <translation>la mitad de un par sustituto está sola (byte {half})</translation>
    </message>
    <message>
        <source>has expired</source>
        <translation>ha caducado</translation>
    </message>
    <message>
        <source>host</source>
        <translation>anfitrión</translation>
    </message>
    <message>
        <source>https and wss</source>
        <translation>https y wss</translation>
    </message>
    <message>
        <source>in {rate}/s</source>
        <translation>entran {rate}/s</translation>
    </message>
    <message>
        <source>in {time}</source>
        <translation>en {time}</translation>
    </message>
    <message>
        <source>is used up</source>
        <translation>está agotada</translation>
    </message>
    <message>
        <source>just now</source>
        <translation>ahora mismo</translation>
    </message>
    <message>
        <source>kept</source>
        <translation>conservada</translation>
    </message>
    <message>
        <source>left out</source>
        <translation>omitido</translation>
    </message>
    <message>
        <source>localhost: only this computer. 0.0.0.0: everyone on the network. Or one adapter&apos;s address.</source>
        <translation>localhost: solo este equipo. 0.0.0.0: todos en la red. O la dirección de un adaptador.</translation>
    </message>
    <message>
        <source>lost: closed</source>
        <translation>perdido: cerrado</translation>
    </message>
    <message>
        <source>member</source>
        <translation>miembro</translation>
    </message>
    <message>
        <source>messages</source>
        <translation>mensajes</translation>
    </message>
    <message>
        <source>never</source>
        <translation>nunca</translation>
    </message>
    <message>
        <source>no code</source>
        <translation>sin código</translation>
    </message>
    <message>
        <source>no connections</source>
        <translation>ninguna conexión</translation>
    </message>
    <message>
        <source>no end</source>
        <translation>sin fin</translation>
    </message>
    <message>
        <source>no limit</source>
        <translation>sin límite</translation>
    </message>
    <message>
        <source>no name</source>
        <translation>ningún nombre</translation>
    </message>
    <message>
        <source>no sessions</source>
        <translation>ninguna sesión</translation>
    </message>
    <message>
        <source>none</source>
        <translation>ninguno</translation>
    </message>
    <message>
        <source>none kept</source>
        <translation>ninguno guardado</translation>
    </message>
    <message>
        <source>none yet</source>
        <translation>aún ninguno</translation>
    </message>
    <message>
        <source>not late</source>
        <translation>sin retraso</translation>
    </message>
    <message>
        <source>not now</source>
        <translation>ahora no</translation>
    </message>
    <message>
        <source>nothing more</source>
        <translation>nada más</translation>
    </message>
    <message>
        <source>now</source>
        <translation>ahora</translation>
    </message>
    <message>
        <source>off; local: a certificate made here, which each device must trust once; files: your own.</source>
        <translation>off; local: un certificado hecho aquí, en el que cada dispositivo debe confiar una vez; files: el suyo.</translation>
    </message>
    <message>
        <source>only this computer</source>
        <translation>solo este equipo</translation>
    </message>
    <message>
        <source>out {rate}/s</source>
        <translation>salen {rate}/s</translation>
    </message>
    <message>
        <source>password</source>
        <translation>contraseña</translation>
    </message>
    <message>
        <source>paused, {count} came since</source>
        <translation>en pausa, llegaron {count} desde entonces</translation>
    </message>
    <message>
        <source>per 15 min</source>
        <translation>cada 15 min</translation>
    </message>
    <message>
        <source>port {port}</source>
        <translation>puerto {port}</translation>
    </message>
    <message>
        <source>pure Python</source>
        <translation>Python puro</translation>
    </message>
    <message>
        <source>queued</source>
        <translation>en cola</translation>
    </message>
    <message>
        <source>refused</source>
        <translation>rechazado</translation>
    </message>
    <message>
        <source>replayed</source>
        <translation>reproducido</translation>
    </message>
    <message>
        <source>rows</source>
        <translation>filas</translation>
    </message>
    <message>
        <source>s</source>
        <translation>s</translation>
    </message>
    <message>
        <source>same</source>
        <translation>igual</translation>
    </message>
    <message>
        <source>saved settings</source>
        <translation>ajustes guardados</translation>
    </message>
    <message>
        <source>seconds</source>
        <translation>segundos</translation>
    </message>
    <message>
        <source>sent late</source>
        <translation>enviado tarde</translation>
    </message>
    <message>
        <source>silent {count} s</source>
        <translation>en silencio {count} s</translation>
    </message>
    <message>
        <source>somebody else</source>
        <translation>otra persona</translation>
    </message>
    <message>
        <source>somebody who did not log in</source>
        <translation>alguien que no inició sesión</translation>
    </message>
    <message>
        <source>sorted by {column}</source>
        <translation>ordenado por {column}</translation>
    </message>
    <message>
        <source>sorting, {percent} %</source>
        <translation>ordenando, {percent} %</translation>
    </message>
    <message>
        <source>the current secret</source>
        <translation>el secreto actual</translation>
    </message>
    <message>
        <source>the newest</source>
        <translation>el más nuevo</translation>
    </message>
    <message>
        <source>the two are {time} apart</source>
        <translation>hay {time} entre los dos</translation>
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
        <translation>este nodo</translation>
    </message>
    <message>
        <source>this one</source>
        <translation>este</translation>
    </message>
    <message>
        <source>up {time}</source>
        <translation>activo {time}</translation>
    </message>
    <message>
        <source>usable</source>
        <translation>utilizable</translation>
    </message>
    <message>
        <source>used up</source>
        <translation>agotada</translation>
    </message>
    <message>
        <source>user</source>
        <translation>usuario</translation>
    </message>
    <message>
        <source>virtual or VPN</source>
        <translation>virtual o VPN</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>espera</translation>
    </message>
    <message>
        <source>when you end it</source>
        <translation>cuando usted lo termine</translation>
    </message>
    <message>
        <source>written</source>
        <translation>escrito</translation>
    </message>
    <message>
        <source>you end it</source>
        <translation>usted lo termine</translation>
    </message>
    <message>
        <source>you lift it</source>
        <translation>usted lo levante</translation>
    </message>
    <message>
        <source>{accounts}, {online} online</source>
        <translation>{accounts}, {online} en línea</translation>
    </message>
    <message>
        <source>{activity}
Click for a larger chart</source>
        <translation>{activity}
Haga clic para un gráfico mayor</translation>
    </message>
    <message>
        <source>{address} is this computer itself, which cannot be banned.</source>
        <translation>{address} es este mismo equipo, que no se puede bloquear.</translation>
    </message>
    <message>
        <source>{cards} with new passwords were not put away. They are not kept anywhere.</source>
        <translation>No se guardaron aparte {cards} con contraseñas nuevas. No quedan en ningún sitio.</translation>
    </message>
    <message>
        <source>{changes} · nobody is disconnected</source>
        <translation>{changes} · nadie se desconecta</translation>
    </message>
    <message>
        <source>{changes} · saving disconnects {clients}</source>
        <translation>{changes} · guardar desconecta {clients}</translation>
    </message>
    <message>
        <source>{chosen} of {all} selected</source>
        <translation>{chosen} de {all} elegidos</translation>
    </message>
    <message>
        <source>{count} addresses</source>
        <translation>{count} direcciones</translation>
    </message>
    <message>
        <source>{count} messages from before were sent.</source>
        <translation>Se enviaron {count} mensajes de antes.</translation>
    </message>
    <message>
        <source>{count} new ↓</source>
        <translation>{count} nuevas ↓</translation>
    </message>
    <message>
        <source>{count} of them read slowly; it waits.</source>
        <translation>{count} leen despacio; se espera.</translation>
    </message>
    <message>
        <source>{count} people are here</source>
        <translation>Hay {count} personas</translation>
    </message>
    <message>
        <source>{count} users</source>
        <translation>{count} usuarios</translation>
    </message>
    <message>
        <source>{entry} is not allowed.</source>
        <translation>{entry} no está permitido.</translation>
    </message>
    <message>
        <source>{error} No account was made. Go back and press Preview to see what is left.</source>
        <translation>{error} No se creó ninguna cuenta. Vuelva y pulse Vista previa para ver qué queda.</translation>
    </message>
    <message>
        <source>{file} cannot be read ({reason}). Choose another file.</source>
        <translation>No se puede leer {file} ({reason}). Elija otro archivo.</translation>
    </message>
    <message>
        <source>{file} cannot be read ({strerror})</source>
        <translation>no se puede leer {file} ({strerror})</translation>
    </message>
    <message>
        <source>{file} cannot be read ({strerror}).</source>
        <translation>No se puede leer {file} ({strerror}).</translation>
    </message>
    <message>
        <source>{file} cannot be written ({reason}). Choose another folder.</source>
        <translation>No se puede escribir {file} ({reason}). Elija otra carpeta.</translation>
    </message>
    <message>
        <source>{file} is not a file.</source>
        <translation>{file} no es un archivo.</translation>
    </message>
    <message>
        <source>{first}, {second} and {count} more</source>
        <translation>{first}, {second} y {count} más</translation>
    </message>
    <message>
        <source>{guests} will be logged out for good. Their names are free again.</source>
        <translation>Se cerrará para siempre la sesión de {guests}. Sus nombres quedan libres.</translation>
    </message>
    <message>
        <source>{host} is not an address of this computer now.</source>
        <translation>{host} no es ahora una dirección de este equipo.</translation>
    </message>
    <message>
        <source>{label} must not be empty.</source>
        <translation>{label} no puede estar vacío.</translation>
    </message>
    <message>
        <source>{least_chars} to {password_max_chars} characters</source>
        <translation>de {least_chars} a {password_max_chars} caracteres</translation>
    </message>
    <message>
        <source>{least} to {most} letters and digits, single blanks, and . _ - @ + &apos;</source>
        <translation>De {least} a {most} letras y dígitos, espacios sueltos y . _ - @ + &apos;</translation>
    </message>
    <message>
        <source>{low} to {high} · default {default}</source>
        <translation>De {low} a {high} · predeterminado {default}</translation>
    </message>
    <message>
        <source>{macos_clicks}: set it to allow incoming connections.</source>
        <translation>{macos_clicks}: permita las conexiones entrantes.</translation>
    </message>
    <message>
        <source>{macos_clicks}: switch that off.</source>
        <translation>{macos_clicks}: desactívelo.</translation>
    </message>
    <message>
        <source>{messages} are deleted for good, those that wait for people who are away included. Who comes back gets none of them. The traffic and its history stay as they are.</source>
        <translation>Se eliminan para siempre {messages}, incluidos los que esperan a ausentes. Quien vuelva no recibe ninguno. El tráfico y su historial quedan como están.</translation>
    </message>
    <message>
        <source>{names} and {last}</source>
        <translation>{names} y {last}</translation>
    </message>
    <message>
        <source>{names} may try again now.</source>
        <translation>{names} puede intentarlo de nuevo ahora.</translation>
    </message>
    <message>
        <source>{name} (has left)</source>
        <translation>{name} (se ha ido)</translation>
    </message>
    <message>
        <source>{name} acknowledged it {after} later.</source>
        <translation>{name} lo confirmó {after} después.</translation>
    </message>
    <message>
        <source>{name} did not fetch it in time; it is gone.</source>
        <translation>{name} no lo recogió a tiempo; se perdió.</translation>
    </message>
    <message>
        <source>{name} has a new password.</source>
        <translation>{name} tiene una contraseña nueva.</translation>
    </message>
    <message>
        <source>{name} is away: it waits for the next login, until {until}.</source>
        <translation>{name} está ausente: espera al próximo acceso, hasta {until}.</translation>
    </message>
    <message>
        <source>{name} is damaged at line {number}.</source>
        <translation>{name} está dañado en la línea {number}.</translation>
    </message>
    <message>
        <source>{name} is not connected, and was not since the traffic is kept.</source>
        <translation>{name} no está conectado, ni lo estuvo desde que se guarda el tráfico.</translation>
    </message>
    <message>
        <source>{name} is not connected: left {when} with {value}.</source>
        <translation>{name} no está conectado: se fue {when} con {value}.</translation>
    </message>
    <message>
        <source>{name} was away, and got it {after} later.</source>
        <translation>{name} estaba ausente y lo recibió {after} después.</translation>
    </message>
    <message>
        <source>{name} was changed meanwhile ({who}{when}); now: {role}, {state}.</source>
        <translation>{name} cambió entretanto ({who}{when}); ahora: {role}, {state}.</translation>
    </message>
    <message>
        <source>{name} was written by a newer version of this program.</source>
        <translation>{name} fue escrito por una versión más nueva de este programa.</translation>
    </message>
    <message>
        <source>{now} now, {most} at most</source>
        <translation>{now} ahora, {most} como máximo</translation>
    </message>
    <message>
        <source>{problem} (character {place})</source>
        <translation>{problem} (carácter {place})</translation>
    </message>
    <message>
        <source>{rows} ({missing} passed too fast)</source>
        <translation>{rows} ({missing} pasaron demasiado rápido)</translation>
    </message>
    <message>
        <source>{rows} came and went while paused: the memory for traffic was full.</source>
        <translation>{rows} llegaron y se fueron en la pausa: la memoria del tráfico estaba llena.</translation>
    </message>
    <message>
        <source>{same}, and there is no difference.</source>
        <translation>{same}, y no hay diferencias.</translation>
    </message>
    <message>
        <source>{same}. Then a connection of {name} differs:</source>
        <translation>{same}. Después difiere una conexión de {name}:</translation>
    </message>
    <message>
        <source>{sentence} It is not used.</source>
        <translation>{sentence} No se usa.</translation>
    </message>
    <message>
        <source>{sentence} To search for the text, quote it.</source>
        <translation>{sentence} Para buscar el texto, entrecomíllelo.</translation>
    </message>
    <message>
        <source>{shown} of {all} shown</source>
        <translation>{shown} de {all} mostrados</translation>
    </message>
    <message>
        <source>{shown} of {rows}</source>
        <translation>{shown} de {rows}</translation>
    </message>
    <message>
        <source>{time} ago</source>
        <translation>hace {time}</translation>
    </message>
    <message>
        <source>{value} is no traffic exported by this program as JSON Lines.</source>
        <translation>{value} no es tráfico exportado por este programa como JSON Lines.</translation>
    </message>
    <message>
        <source>{value} {key} wait {wait_s} s after {failures} failures (Retry-After: {wait_s}).</source>
        <translation>{value} {key} esperan {wait_s} s tras {failures} fallos (Retry-After: {wait_s}).</translation>
    </message>
    <message>
        <source>{variable} ({source}) is no setting.</source>
        <translation>{variable} ({source}) no es un ajuste.</translation>
    </message>
    <message>
        <source>{variable} ({source}) is not used: {reason}.</source>
        <translation>{variable} ({source}) no se usa: {reason}.</translation>
    </message>
    <message>
        <source>{what} belongs to another program.</source>
        <translation>{what} pertenece a otro programa.</translation>
    </message>
    <message>
        <source>{what} cannot be opened ({detail}).</source>
        <translation>No se puede abrir {what} ({detail}).</translation>
    </message>
    <message>
        <source>{what} cannot be used ({detail}).</source>
        <translation>No se puede usar {what} ({detail}).</translation>
    </message>
    <message>
        <source>{what} cannot grow: the disk is full.</source>
        <translation>{what} no puede crecer: el disco está lleno.</translation>
    </message>
    <message>
        <source>{what} contains half a character (a lone surrogate).</source>
        <translation>{what} contiene medio carácter (un sustituto suelto).</translation>
    </message>
    <message>
        <source>{what} is UTF-16, not UTF-8.</source>
        <translation>{what} es UTF-16, no UTF-8.</translation>
    </message>
    <message>
        <source>{what} is damaged or is not a database.</source>
        <translation>{what} está dañado o no es una base de datos.</translation>
    </message>
    <message>
        <source>{what} is locked by another program.</source>
        <translation>Otro programa tiene bloqueado {what}.</translation>
    </message>
    <message>
        <source>{what} is nested too deeply.</source>
        <translation>{what} está anidado con demasiada profundidad.</translation>
    </message>
    <message>
        <source>{what} is not UTF-8: byte {value} is 0x{byte}.</source>
        <translation>{what} no es UTF-8: el byte {value} es 0x{byte}.</translation>
    </message>
    <message>
        <source>{what} is not valid JSON: {detail}.</source>
        <translation>{what} no es JSON válido: {detail}.</translation>
    </message>
    <message>
        <source>{what} is read-only.</source>
        <translation>{what} es de solo lectura.</translation>
    </message>
    <message>
        <source>{what} must be a JSON object, not {value}.</source>
        <translation>{what} debe ser un objeto JSON, no {value}.</translation>
    </message>
    <message>
        <source>{what} must have {limits}.</source>
        <translation>{what} debe tener {limits}.</translation>
    </message>
    <message>
        <source>{what} was deleted or moved away while this program uses it.</source>
        <translation>{what} fue eliminado o movido mientras este programa lo usaba.</translation>
    </message>
    <message>
        <source>{what} was replaced or overwritten by another program while this one uses it.</source>
        <translation>Otro programa sustituyó o sobrescribió {what} mientras este lo usaba.</translation>
    </message>
    <message>
        <source>{what} was written by a newer version of this program.</source>
        <translation>{what} fue escrito por una versión más nueva de este programa.</translation>
    </message>
    <message>
        <source>{where} cannot be asked ({name})</source>
        <translation>no se puede consultar {where} ({name})</translation>
    </message>
    <message>
        <source>{where} must be a whole number{example}, not &apos;{text}&apos;.</source>
        <translation>{where} debe ser un número entero{example}, no &apos;{text}&apos;.</translation>
    </message>
    <message>
        <source>{where} must be one of {allowed}, not &apos;{value}&apos;.</source>
        <translation>{where} debe ser uno de {allowed}, no &apos;{value}&apos;.</translation>
    </message>
    <message>
        <source>{where} must be {limits}, not {value}.</source>
        <translation>{where} debe ser {limits}, no {value}.</translation>
    </message>
    <message>
        <source>{where} takes letters, digits and hyphens, such as club.</source>
        <translation>{where} admite letras, dígitos y guiones, como club.</translation>
    </message>
    <message>
        <source>{why} Nothing of it is used.</source>
        <translation>{why} No se usa nada de ello.</translation>
    </message>
    <message>
        <source>“{name}:” knows no “{wrong}”.</source>
        <translation>«{name}:» no conoce «{wrong}».</translation>
    </message>
    <message>
        <source>“{name}” is compared: write {name}&gt; or {name}&lt;.</source>
        <translation>«{name}» se compara: escriba {name}&gt; o {name}&lt;.</translation>
    </message>
    <message>
        <source>“{setting}” is set from outside: {source}. Change it there.</source>
        <translation>«{setting}» se fija desde fuera: {source}. Cámbielo allí.</translation>
    </message>
    <message>
        <source>“{value}” cannot be compared; size, took and time can.</source>
        <translation>«{value}» no se puede comparar; size, took y time sí.</translation>
    </message>
    <message>
        <source>… {count} more bytes</source>
        <translation>… {count} bytes más</translation>
    </message>
    <message>
        <source>○ Not connected yet: run a snippet and watch it arrive.</source>
        <translation>○ Aún sin conectar: ejecute un ejemplo y véalo llegar.</translation>
    </message>
    <message>
        <source>● Connected from {address}</source>
        <translation>● Conectado desde {address}</translation>
    </message>
</context>
</TS>
