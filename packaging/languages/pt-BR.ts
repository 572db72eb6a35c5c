<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="pt_BR" sourcelanguage="en">
<context>
    <name>Authws</name>
    <message>
        <source> One more fault below.</source>
        <translation> Mais uma falha abaixo.</translation>
    </message>
    <message>
        <source> Save to have it so.</source>
        <translation> Salve para que fique assim.</translation>
    </message>
    <message>
        <source> {count} more faults below.</source>
        <translation> Mais {count} falhas abaixo.</translation>
    </message>
    <message numerus="yes">
        <source>%n accounts</source>
        <translation>
            <numerusform>%n conta</numerusform>
            <numerusform>%n contas</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n accounts will be made.</source>
        <translation>
            <numerusform>%n conta será criada.</numerusform>
            <numerusform>%n contas serão criadas.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n acts</source>
        <translation>
            <numerusform>%n ato</numerusform>
            <numerusform>%n atos</numerusform>
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
            <numerusform>%n cartão</numerusform>
            <numerusform>%n cartões</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n changes</source>
        <translation>
            <numerusform>%n alteração</numerusform>
            <numerusform>%n alterações</numerusform>
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
            <numerusform>%n clientes estão conectados.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n connections</source>
        <translation>
            <numerusform>%n conexão</numerusform>
            <numerusform>%n conexões</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n connections still use the old secret.</source>
        <translation>
            <numerusform>%n conexão ainda usa o segredo antigo.</numerusform>
            <numerusform>%n conexões ainda usam o segredo antigo.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n errors</source>
        <translation>
            <numerusform>%n erro</numerusform>
            <numerusform>%n erros</numerusform>
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
            <numerusform>%n convidado</numerusform>
            <numerusform>%n convidados</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n invitations</source>
        <translation>
            <numerusform>%n convite</numerusform>
            <numerusform>%n convites</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n items</source>
        <translation>
            <numerusform>%n item</numerusform>
            <numerusform>%n itens</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n joined</source>
        <translation>
            <numerusform>%n entrou</numerusform>
            <numerusform>%n entraram</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n kept messages</source>
        <translation>
            <numerusform>%n mensagem guardada</numerusform>
            <numerusform>%n mensagens guardadas</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n lines</source>
        <translation>
            <numerusform>%n linha</numerusform>
            <numerusform>%n linhas</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n lines have a problem and are left out.</source>
        <translation>
            <numerusform>%n linha tem um problema e será omitida.</numerusform>
            <numerusform>%n linhas têm um problema e serão omitidas.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n logins were refused.</source>
        <translation>
            <numerusform>%n login foi recusado.</numerusform>
            <numerusform>%n logins foram recusados.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n messages</source>
        <translation>
            <numerusform>%n mensagem</numerusform>
            <numerusform>%n mensagens</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n people wait for your approval.</source>
        <translation>
            <numerusform>%n pessoa espera sua aprovação.</numerusform>
            <numerusform>%n pessoas esperam sua aprovação.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n read slowly: it waits for them.</source>
        <translation>
            <numerusform>%n lê devagar: espera-se.</numerusform>
            <numerusform>%n leem devagar: espera-se por eles.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n rows</source>
        <translation>
            <numerusform>%n linha</numerusform>
            <numerusform>%n linhas</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n rows are the same</source>
        <translation>
            <numerusform>%n linha é igual</numerusform>
            <numerusform>%n linhas são iguais</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n sessions</source>
        <translation>
            <numerusform>%n sessão</numerusform>
            <numerusform>%n sessões</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n users</source>
        <translation>
            <numerusform>%n usuário</numerusform>
            <numerusform>%n usuários</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n values are wrong</source>
        <translation>
            <numerusform>%n valor está errado</numerusform>
            <numerusform>%n valores estão errados</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n were lost as their connections closed.</source>
        <translation>
            <numerusform>%n se perdeu quando a conexão fechou.</numerusform>
            <numerusform>%n se perderam quando suas conexões fecharam.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n were sent late.</source>
        <translation>
            <numerusform>%n foi enviado tarde.</numerusform>
            <numerusform>%n foram enviados tarde.</numerusform>
        </translation>
    </message>
    <message>
        <source>&amp;About Authws Desktop</source>
        <translation>&amp;Sobre o Authws Desktop</translation>
    </message>
    <message>
        <source>&amp;Accounts</source>
        <translation>&amp;Contas</translation>
    </message>
    <message>
        <source>&amp;Answers as rows	E</source>
        <translation>&amp;Respostas como linhas	E</translation>
    </message>
    <message>
        <source>&amp;Bans…</source>
        <translation>&amp;Banimentos…</translation>
    </message>
    <message>
        <source>&amp;Clear	Ctrl+L</source>
        <translation>&amp;Limpar	Ctrl+L</translation>
    </message>
    <message>
        <source>&amp;Cluster…</source>
        <translation>&amp;Cluster…</translation>
    </message>
    <message>
        <source>&amp;Copy WebSocket address</source>
        <translation>&amp;Copiar endereço WebSocket</translation>
    </message>
    <message>
        <source>&amp;Documentation</source>
        <translation>&amp;Documentação</translation>
    </message>
    <message>
        <source>&amp;Export and open</source>
        <translation>&amp;Exportar e abrir</translation>
    </message>
    <message>
        <source>&amp;Follow	F</source>
        <translation>&amp;Seguir	F</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>A&amp;juda</translation>
    </message>
    <message>
        <source>&amp;Open in browser</source>
        <translation>&amp;Abrir no navegador</translation>
    </message>
    <message>
        <source>&amp;Pause	Space</source>
        <translation>&amp;Pausar	Space</translation>
    </message>
    <message>
        <source>&amp;Projector</source>
        <translation>Pro&amp;jetor</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>Sai&amp;r</translation>
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
        <translation>&amp;Parar</translation>
    </message>
    <message>
        <source>&amp;Time order	Esc</source>
        <translation>Ordem &amp;temporal	Esc</translation>
    </message>
    <message>
        <source>&amp;Traffic</source>
        <translation>&amp;Tráfego</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>E&amp;xibir</translation>
    </message>
    <message>
        <source>&apos;{address}&apos; is not an IP address.</source>
        <translation>&apos;{address}&apos; não é um endereço IP.</translation>
    </message>
    <message>
        <source>&apos;{host}&apos; is not an address of this computer.</source>
        <translation>&apos;{host}&apos; não é um endereço deste computador.</translation>
    </message>
    <message>
        <source>&apos;{username}&apos; is a guest here, who has no account.</source>
        <translation>&apos;{username}&apos; é um convidado aqui e não tem conta.</translation>
    </message>
    <message>
        <source>&apos;{username}&apos; is a guest, who has neither a password nor another role.</source>
        <translation>&apos;{username}&apos; é um convidado, que não tem senha nem outro papel.</translation>
    </message>
    <message>
        <source>, {count} waiting</source>
        <translation>, {count} esperando</translation>
    </message>
    <message>
        <source>/s</source>
        <translation>/s</translation>
    </message>
    <message>
        <source>1 person is here</source>
        <translation>1 pessoa está aqui</translation>
    </message>
    <message>
        <source>1. Join the Wi-Fi</source>
        <translation>1. Entre no Wi-Fi</translation>
    </message>
    <message>
        <source>2 min ago</source>
        <translation>há 2 min</translation>
    </message>
    <message>
        <source>2. Come in: scan, or type</source>
        <translation>2. Participe: leia o código ou digite</translation>
    </message>
    <message>
        <source>32 characters or more</source>
        <translation>32 caracteres ou mais</translation>
    </message>
    <message>
        <source>A Wi-Fi&apos;s name has at most 32 bytes.</source>
        <translation>O nome de um Wi-Fi tem no máximo 32 bytes.</translation>
    </message>
    <message>
        <source>A Wi-Fi&apos;s password has 8 to 63 characters.</source>
        <translation>A senha de um Wi-Fi tem de 8 a 63 caracteres.</translation>
    </message>
    <message>
        <source>A client that reads so slowly that more than this waits for it is closed (4008).</source>
        <translation>Um cliente que lê tão devagar que mais que isto espera por ele é fechado (4008).</translation>
    </message>
    <message>
        <source>A connection that does not answer a ping in time is ended.</source>
        <translation>Uma conexão que não responde a um ping a tempo é encerrada.</translation>
    </message>
    <message>
        <source>A connection that has not authenticated by then is closed (4001).</source>
        <translation>Uma conexão que não se autenticou até então é fechada (4001).</translation>
    </message>
    <message>
        <source>A direct names its recipient in “to”: a user or a connection.</source>
        <translation>Uma mensagem direta indica o destinatário em “to”: um usuário ou uma conexão.</translation>
    </message>
    <message>
        <source>A file in {folder} is not a certificate or key.</source>
        <translation>Um arquivo em {folder} não é certificado nem chave.</translation>
    </message>
    <message>
        <source>A frame is a JSON object with a “type”: authenticate, message or direct.</source>
        <translation>Um quadro é um objeto JSON com um “type”: authenticate, message ou direct.</translation>
    </message>
    <message>
        <source>A host may also manage this server over HTTP.</source>
        <translation>Um anfitrião também pode administrar este servidor por HTTP.</translation>
    </message>
    <message>
        <source>A key is missing beside a dot.</source>
        <translation>Falta uma chave ao lado de um ponto.</translation>
    </message>
    <message>
        <source>A language is written as a short code, such as en, de or pt-BR.</source>
        <translation>Um idioma é escrito como um código curto, por exemplo en, de ou pt-BR.</translation>
    </message>
    <message>
        <source>A larger one ends the connection (1009). Many clients take no more than 1 MiB.</source>
        <translation>Uma maior encerra a conexão (1009). Muitos clientes não aceitam mais de 1 MiB.</translation>
    </message>
    <message>
        <source>A message from the tray when a login was refused.</source>
        <translation>Um aviso da bandeja quando um login é recusado.</translation>
    </message>
    <message>
        <source>A message from the tray when somebody connects first.</source>
        <translation>Um aviso da bandeja quando alguém se conecta primeiro.</translation>
    </message>
    <message>
        <source>A message from the tray when somebody waits for approval.</source>
        <translation>Um aviso da bandeja quando alguém espera aprovação.</translation>
    </message>
    <message>
        <source>A message to {to} was not fetched in time, and is gone.</source>
        <translation>Uma mensagem para {to} não foi buscada a tempo e se perdeu.</translation>
    </message>
    <message>
        <source>A newer version</source>
        <translation>Uma versão mais nova</translation>
    </message>
    <message>
        <source>A number or nothing.</source>
        <translation>Um número ou nada.</translation>
    </message>
    <message>
        <source>A real-time WebSocket server with real logins. MIT licence.</source>
        <translation>Um servidor WebSocket em tempo real com logins de verdade. Licença MIT.</translation>
    </message>
    <message>
        <source>A recording…</source>
        <translation>Uma gravação…</translation>
    </message>
    <message>
        <source>A regular expression stands between two slashes, /like this/.</source>
        <translation>Uma expressão regular fica entre duas barras, /assim/.</translation>
    </message>
    <message>
        <source>A request has exactly one &apos;Host&apos; header.</source>
        <translation>Uma requisição tem exatamente um cabeçalho &apos;Host&apos;.</translation>
    </message>
    <message>
        <source>A rule of the firewall ufw blocks port {port}.</source>
        <translation>Uma regra do firewall ufw bloqueia a porta {port}.</translation>
    </message>
    <message>
        <source>A sentence that everybody reads before they come in.</source>
        <translation>Uma frase que todos leem antes de entrar.</translation>
    </message>
    <message>
        <source>A size is a number of bytes, such as size&gt;200 or size&lt;10k.</source>
        <translation>Um tamanho é um número de bytes, como size&gt;200 ou size&lt;10k.</translation>
    </message>
    <message>
        <source>A time is a number of ms or s, such as took&gt;100ms or took&gt;1.5s.</source>
        <translation>Uma duração é um número de ms ou s, como took&gt;100ms ou took&gt;1.5s.</translation>
    </message>
    <message>
        <source>A time of day is written as 20:41 or 20:41:05.</source>
        <translation>Uma hora do dia se escreve 20:41 ou 20:41:05.</translation>
    </message>
    <message>
        <source>A visitor, who has no account here.</source>
        <translation>Um visitante, que não tem conta aqui.</translation>
    </message>
    <message>
        <source>About Authws Desktop</source>
        <translation>Sobre o Authws Desktop</translation>
    </message>
    <message>
        <source>Accept</source>
        <translation>Aceitar</translation>
    </message>
    <message>
        <source>Accept them, and they can log in.</source>
        <translation>Aceite a pessoa, e ela poderá entrar.</translation>
    </message>
    <message>
        <source>Accepted {names}. They can log in now.</source>
        <translation>{names} aceito. Já pode entrar.</translation>
    </message>
    <message>
        <source>Account</source>
        <translation>Conta</translation>
    </message>
    <message>
        <source>Account or token ended ({code}).</source>
        <translation>A conta ou o token terminou ({code}).</translation>
    </message>
    <message>
        <source>Accounts</source>
        <translation>Contas</translation>
    </message>
    <message>
        <source>Accounts that were made with them stay.</source>
        <translation>As contas feitas com eles permanecem.</translation>
    </message>
    <message>
        <source>Activity</source>
        <translation>Atividade</translation>
    </message>
    <message>
        <source>Activity of the last 2 minutes</source>
        <translation>Atividade dos últimos 2 minutos</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>Adicionar</translation>
    </message>
    <message>
        <source>Add &amp;virtual users…</source>
        <translation>Adicionar usuários &amp;virtuais…</translation>
    </message>
    <message>
        <source>Add a column</source>
        <translation>Adicionar uma coluna</translation>
    </message>
    <message>
        <source>Add column…</source>
        <translation>Adicionar coluna…</translation>
    </message>
    <message>
        <source>Add virtual users</source>
        <translation>Adicionar usuários virtuais</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>Endereço</translation>
    </message>
    <message>
        <source>Address in the snippets</source>
        <translation>Endereço nos exemplos</translation>
    </message>
    <message>
        <source>Address on the cards</source>
        <translation>Endereço nos cartões</translation>
    </message>
    <message>
        <source>Address to give out</source>
        <translation>Endereço a divulgar</translation>
    </message>
    <message>
        <source>Address to show</source>
        <translation>Endereço mostrado</translation>
    </message>
    <message>
        <source>Addresses or networks of your own reverse proxies, such as 10.0.0.0/8: what they say of a client&apos;s address (X-Forwarded-For) is believed.</source>
        <translation>Endereços ou redes dos seus próprios proxies reversos, como 10.0.0.0/8: acredita-se no que dizem do endereço de um cliente (X-Forwarded-For).</translation>
    </message>
    <message>
        <source>Administrative acts</source>
        <translation>Atos administrativos</translation>
    </message>
    <message>
        <source>After too many wrong passwords, people are listed here.</source>
        <translation>Após senhas erradas demais, as pessoas aparecem aqui.</translation>
    </message>
    <message>
        <source>All buffers</source>
        <translation>Todos os buffers</translation>
    </message>
    <message>
        <source>All nodes, half a second late</source>
        <translation>Todos os nós, com meio segundo de atraso</translation>
    </message>
    <message>
        <source>All that is kept</source>
        <translation>Tudo o que está guardado</translation>
    </message>
    <message>
        <source>Allow writing to the file and its folder, or choose another data folder; of PostgreSQL, name the server that is no standby.</source>
        <translation>Permita a escrita no arquivo e na pasta, ou escolha outra pasta de dados; no PostgreSQL, indique o servidor que não é reserva.</translation>
    </message>
    <message>
        <source>Allow writing to the file and its folder.</source>
        <translation>Permita a escrita no arquivo e na pasta.</translation>
    </message>
    <message>
        <source>Allow {entry} from now on; nobody is disconnected.</source>
        <translation>Permita {entry} a partir de agora; ninguém é desconectado.</translation>
    </message>
    <message>
        <source>Allowed host names</source>
        <translation>Nomes de host permitidos</translation>
    </message>
    <message>
        <source>Allowed origins</source>
        <translation>Origens permitidas</translation>
    </message>
    <message>
        <source>Also the last 50 messages before</source>
        <translation>Também as 50 mensagens anteriores</translation>
    </message>
    <message>
        <source>Also what few people change</source>
        <translation>Também o que poucos mudam</translation>
    </message>
    <message>
        <source>An announcement has at most {max_characters} characters; this one has {said}.</source>
        <translation>Um anúncio tem no máximo {max_characters} caracteres; este tem {said}.</translation>
    </message>
    <message>
        <source>An announcement needs a text.</source>
        <translation>Um anúncio precisa de um texto.</translation>
    </message>
    <message>
        <source>Announce</source>
        <translation>Anunciar</translation>
    </message>
    <message>
        <source>Announcement to everyone</source>
        <translation>Anúncio a todos</translation>
    </message>
    <message>
        <source>Announce…</source>
        <translation>Anunciar…</translation>
    </message>
    <message>
        <source>Announce… (nobody is logged in)</source>
        <translation>Anunciar… (ninguém entrou)</translation>
    </message>
    <message>
        <source>Another algorithm than HS256 is named.</source>
        <translation>Está indicado um algoritmo diferente de HS256.</translation>
    </message>
    <message>
        <source>Answer within</source>
        <translation>Responder em</translation>
    </message>
    <message>
        <source>Answers</source>
        <translation>Respostas</translation>
    </message>
    <message>
        <source>App</source>
        <translation>App</translation>
    </message>
    <message>
        <source>Approval: you accept each newcomer</source>
        <translation>Aprovação: você aceita cada novato</translation>
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
        <translation>Como estava às {time}: {there}</translation>
    </message>
    <message>
        <source>As set below</source>
        <translation>Como abaixo</translation>
    </message>
    <message>
        <source>As the environment says</source>
        <translation>Conforme o ambiente</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>Como o sistema</translation>
    </message>
    <message>
        <source>Ask the host for a new one.</source>
        <translation>Peça um novo ao anfitrião.</translation>
    </message>
    <message>
        <source>Ask the host for one.</source>
        <translation>Peça um ao anfitrião.</translation>
    </message>
    <message>
        <source>Ask the host to enable it.</source>
        <translation>Peça ao anfitrião que a ative.</translation>
    </message>
    <message>
        <source>Ask the host to end those who are gone.</source>
        <translation>Peça ao anfitrião que retire os que já saíram.</translation>
    </message>
    <message>
        <source>Ask the host to look at them, then try again.</source>
        <translation>Peça ao anfitrião que os examine e tente de novo.</translation>
    </message>
    <message>
        <source>Ask the recipient before it is sent a second time.</source>
        <translation>Pergunte ao destinatário antes de enviar uma segunda vez.</translation>
    </message>
    <message>
        <source>Ask what to do</source>
        <translation>Perguntar o que fazer</translation>
    </message>
    <message>
        <source>Asked</source>
        <translation>Pedido</translation>
    </message>
    <message>
        <source>Asking…</source>
        <translation>Perguntando…</translation>
    </message>
    <message>
        <source>Asks the page of this program, and sends nothing else.</source>
        <translation>Pergunta à página deste programa e não envia mais nada.</translation>
    </message>
    <message>
        <source>At least 8 characters of any kind.</source>
        <translation>Pelo menos 8 caracteres quaisquer.</translation>
    </message>
    <message>
        <source>At the start and once a day, the page of this program is asked. Off: nobody is asked.</source>
        <translation>Ao iniciar e uma vez por dia, a página deste programa é consultada. Desligado: ninguém é consultado.</translation>
    </message>
    <message>
        <source>Audit</source>
        <translation>Auditoria</translation>
    </message>
    <message>
        <source>Authws Desktop</source>
        <translation>Authws Desktop</translation>
    </message>
    <message>
        <source>Authws Desktop cannot start</source>
        <translation>O Authws Desktop não pode iniciar</translation>
    </message>
    <message>
        <source>Authws Desktop is already open ({who}), but it does not answer. Wait a moment, or end that process, and start it again.</source>
        <translation>O Authws Desktop já está aberto ({who}), mas não responde. Espere um instante, ou encerre esse processo, e inicie de novo.</translation>
    </message>
    <message>
        <source>B hides everything    W Wi-Fi…    F11 whole screen    Esc closes</source>
        <translation>B esconde tudo    W Wi-Fi…    F11 tela cheia    Esc fecha</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>Voltar</translation>
    </message>
    <message>
        <source>Back to live</source>
        <translation>Voltar ao vivo</translation>
    </message>
    <message>
        <source>Back to now</source>
        <translation>Voltar ao agora</translation>
    </message>
    <message>
        <source>Back to the live traffic</source>
        <translation>Voltar ao tráfego ao vivo</translation>
    </message>
    <message>
        <source>Ban</source>
        <translation>Banir</translation>
    </message>
    <message>
        <source>Ban address…</source>
        <translation>Banir endereço…</translation>
    </message>
    <message>
        <source>Ban the address instead.</source>
        <translation>Em vez disso, bana o endereço.</translation>
    </message>
    <message>
        <source>Ban user…</source>
        <translation>Banir usuário…</translation>
    </message>
    <message>
        <source>Ban {whom}?</source>
        <translation>Banir {whom}?</translation>
    </message>
    <message>
        <source>Bandwidth</source>
        <translation>Largura de banda</translation>
    </message>
    <message>
        <source>Banned by the host ({code}).</source>
        <translation>Banido pelo anfitrião ({code}).</translation>
    </message>
    <message>
        <source>Banned until</source>
        <translation>Banido até</translation>
    </message>
    <message>
        <source>Bans</source>
        <translation>Banimentos</translation>
    </message>
    <message>
        <source>Bans…</source>
        <translation>Banimentos…</translation>
    </message>
    <message>
        <source>Beyond every calendar.</source>
        <translation>Além de qualquer calendário.</translation>
    </message>
    <message>
        <source>Both ways</source>
        <translation>Ambos os sentidos</translation>
    </message>
    <message>
        <source>By time again, with what came meanwhile (Esc)</source>
        <translation>Novamente por hora, com o que chegou nesse meio-tempo (Esc)</translation>
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
        <translation>Arquivos CSV (*.csv)</translation>
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
        <translation>Cancelado; nenhuma conta foi criada.</translation>
    </message>
    <message>
        <source>Cannot listen on {host} port {port}: {value}.</source>
        <translation>Não é possível escutar em {host}, porta {port}: {value}.</translation>
    </message>
    <message>
        <source>Certificate file</source>
        <translation>Arquivo de certificado</translation>
    </message>
    <message>
        <source>Certificate until {date}, SHA-256 {code}</source>
        <translation>Certificado até {date}, SHA-256 {code}</translation>
    </message>
    <message>
        <source>Certificate until {date}. SHA-256 of its authority: {code}</source>
        <translation>Certificado até {date}. SHA-256 da autoridade: {code}</translation>
    </message>
    <message>
        <source>Change</source>
        <translation>Alterar</translation>
    </message>
    <message>
        <source>Change it there, or unset it to use a file.</source>
        <translation>Altere-o lá, ou remova-o para usar um arquivo.</translation>
    </message>
    <message>
        <source>Changed “{setting}” under Settings; it holds from now on.</source>
        <translation>“{setting}” alterado em Configurações; vale a partir de agora.</translation>
    </message>
    <message>
        <source>Chatter: each talks to everyone</source>
        <translation>Conversa: cada um fala com todos</translation>
    </message>
    <message>
        <source>Check again</source>
        <translation>Verificar de novo</translation>
    </message>
    <message>
        <source>Check its brackets and quotes.</source>
        <translation>Verifique os parênteses e as aspas.</translation>
    </message>
    <message>
        <source>Check that it can be reached and written, or choose another one.</source>
        <translation>Verifique se pode ser alcançado e escrito, ou escolha outro.</translation>
    </message>
    <message>
        <source>Check the &amp;network…</source>
        <translation>Verificar a &amp;rede…</translation>
    </message>
    <message>
        <source>Check the clocks of both computers.</source>
        <translation>Verifique os relógios dos dois computadores.</translation>
    </message>
    <message>
        <source>Check the network</source>
        <translation>Verificar a rede</translation>
    </message>
    <message>
        <source>Checking…</source>
        <translation>Verificando…</translation>
    </message>
    <message>
        <source>Choose My network in the server bar to let others in.</source>
        <translation>Escolha Minha rede na barra do servidor para deixar outros entrarem.</translation>
    </message>
    <message>
        <source>Choose a line to lift it.</source>
        <translation>Escolha uma linha para suspendê-la.</translation>
    </message>
    <message>
        <source>Choose a lower level or change the search.</source>
        <translation>Escolha um nível menor ou mude a busca.</translation>
    </message>
    <message>
        <source>Choose a row above to see what is in it.</source>
        <translation>Escolha uma linha acima para ver o que há nela.</translation>
    </message>
    <message>
        <source>Choose a time to come.</source>
        <translation>Escolha um momento futuro.</translation>
    </message>
    <message>
        <source>Choose another file or database.</source>
        <translation>Escolha outro arquivo ou banco de dados.</translation>
    </message>
    <message>
        <source>Choose another one to listen on.</source>
        <translation>Escolha outro endereço para escutar.</translation>
    </message>
    <message>
        <source>Choose another one.</source>
        <translation>Escolha outro.</translation>
    </message>
    <message>
        <source>Choose one above 1023.</source>
        <translation>Escolha uma acima de 1023.</translation>
    </message>
    <message>
        <source>Choose one or many; Ctrl+A chooses all.</source>
        <translation>Escolha um ou vários; Ctrl+A escolhe todos.</translation>
    </message>
    <message>
        <source>Choose one to end it.</source>
        <translation>Escolha um para encerrá-lo.</translation>
    </message>
    <message>
        <source>Choose one to see all about it, or many to act on them.</source>
        <translation>Escolha um para ver tudo sobre ele, ou vários para agir sobre eles.</translation>
    </message>
    <message>
        <source>Choose the {name}</source>
        <translation>Escolher {name}</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>Escolher…</translation>
    </message>
    <message>
        <source>Chosen users</source>
        <translation>Usuários escolhidos</translation>
    </message>
    <message>
        <source>Claim</source>
        <translation>Declaração</translation>
    </message>
    <message>
        <source>Claims</source>
        <translation>Declarações</translation>
    </message>
    <message>
        <source>Claims of the token</source>
        <translation>Declarações do token</translation>
    </message>
    <message>
        <source>Clear</source>
        <translation>Limpar</translation>
    </message>
    <message>
        <source>Clear messages…</source>
        <translation>Apagar mensagens…</translation>
    </message>
    <message>
        <source>Clear search</source>
        <translation>Limpar busca</translation>
    </message>
    <message>
        <source>Clear the messages kept?</source>
        <translation>Apagar as mensagens guardadas?</translation>
    </message>
    <message>
        <source>Clear {messages}</source>
        <translation>Apagar {messages}</translation>
    </message>
    <message>
        <source>Cleared</source>
        <translation>Limpo</translation>
    </message>
    <message>
        <source>Cleared {messages}.</source>
        <translation>{messages} apagadas.</translation>
    </message>
    <message>
        <source>Cleared {rows}.</source>
        <translation>{rows} limpas.</translation>
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
        <translation>Fechar</translation>
    </message>
    <message>
        <source>Close (Esc)</source>
        <translation>Fechar (Esc)</translation>
    </message>
    <message>
        <source>Close Authws Desktop?</source>
        <translation>Fechar o Authws Desktop?</translation>
    </message>
    <message>
        <source>Close now with</source>
        <translation>Fechar agora com</translation>
    </message>
    <message>
        <source>Close that program, then try again.</source>
        <translation>Feche esse programa e tente de novo.</translation>
    </message>
    <message>
        <source>Close that program.</source>
        <translation>Feche esse programa.</translation>
    </message>
    <message>
        <source>Close the detail</source>
        <translation>Fechar o detalhe</translation>
    </message>
    <message>
        <source>Close this note</source>
        <translation>Fechar esta nota</translation>
    </message>
    <message>
        <source>Closed: only you make accounts</source>
        <translation>Fechado: só você cria contas</translation>
    </message>
    <message>
        <source>Closing the window</source>
        <translation>Ao fechar a janela</translation>
    </message>
    <message>
        <source>Cluster</source>
        <translation>Cluster</translation>
    </message>
    <message>
        <source>Code</source>
        <translation>Código</translation>
    </message>
    <message>
        <source>Code that joins the Wi-Fi {name}</source>
        <translation>Código para entrar no Wi-Fi {name}</translation>
    </message>
    <message>
        <source>Colours</source>
        <translation>Cores</translation>
    </message>
    <message>
        <source>Come in: scan, or type</source>
        <translation>Participe: leia o código ou digite</translation>
    </message>
    <message>
        <source>Comment</source>
        <translation>Comentário</translation>
    </message>
    <message>
        <source>Comment this row</source>
        <translation>Comentar esta linha</translation>
    </message>
    <message>
        <source>Comment…</source>
        <translation>Comentar…</translation>
    </message>
    <message>
        <source>Compare the last two runs</source>
        <translation>Comparar as duas últimas execuções</translation>
    </message>
    <message>
        <source>Compare with a file…</source>
        <translation>Comparar com um arquivo…</translation>
    </message>
    <message>
        <source>Compare with exported traffic</source>
        <translation>Comparar com tráfego exportado</translation>
    </message>
    <message>
        <source>Connect</source>
        <translation>Conectar</translation>
    </message>
    <message>
        <source>Connect your program</source>
        <translation>Conecte seu programa</translation>
    </message>
    <message>
        <source>Connected</source>
        <translation>Conectado</translation>
    </message>
    <message>
        <source>Connected elsewhere</source>
        <translation>Conectado em outro lugar</translation>
    </message>
    <message>
        <source>Connected users</source>
        <translation>Usuários conectados</translation>
    </message>
    <message>
        <source>Connection</source>
        <translation>Conexão</translation>
    </message>
    <message>
        <source>Connection #{number} {name}</source>
        <translation>Conexão #{number} {name}</translation>
    </message>
    <message>
        <source>Connections</source>
        <translation>Conexões</translation>
    </message>
    <message>
        <source>Connections accepted at the same time.</source>
        <translation>Conexões aceitas ao mesmo tempo.</translation>
    </message>
    <message>
        <source>Connections are broken on purpose.</source>
        <translation>Conexões estão sendo perturbadas de propósito.</translation>
    </message>
    <message>
        <source>Connections from one address</source>
        <translation>Conexões de um endereço</translation>
    </message>
    <message>
        <source>Connections: {now} now, {most} at most in the last 2 minutes.</source>
        <translation>Conexões: {now} agora, {most} no máximo nos últimos 2 minutos.</translation>
    </message>
    <message>
        <source>Content</source>
        <translation>Conteúdo</translation>
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
        <translation>Copiar endereço &amp;web</translation>
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
        <translation>Copiar nome</translation>
    </message>
    <message>
        <source>Copy name and password</source>
        <translation>Copiar nome e senha</translation>
    </message>
    <message>
        <source>Copy names</source>
        <translation>Copiar nomes</translation>
    </message>
    <message>
        <source>Copy password</source>
        <translation>Copiar senha</translation>
    </message>
    <message>
        <source>Copy payload</source>
        <translation>Copiar conteúdo</translation>
    </message>
    <message>
        <source>Copy the WebSocket address</source>
        <translation>Copiar o endereço WebSocket</translation>
    </message>
    <message>
        <source>Copy the address to try</source>
        <translation>Copiar o endereço de teste</translation>
    </message>
    <message>
        <source>Copy the chosen lines, or all that are shown</source>
        <translation>Copiar as linhas escolhidas, ou todas as mostradas</translation>
    </message>
    <message>
        <source>Copy the payload as it was sent, without tokens and passwords</source>
        <translation>Copiar o conteúdo como foi enviado, sem tokens nem senhas</translation>
    </message>
    <message>
        <source>Copy the secret</source>
        <translation>Copiar o segredo</translation>
    </message>
    <message>
        <source>Copy the snippet for {language}</source>
        <translation>Copiar o exemplo de {language}</translation>
    </message>
    <message>
        <source>Copy the versions</source>
        <translation>Copiar as versões</translation>
    </message>
    <message>
        <source>Copy the web address</source>
        <translation>Copiar o endereço web</translation>
    </message>
    <message>
        <source>Copy this message</source>
        <translation>Copiar esta mensagem</translation>
    </message>
    <message>
        <source>Copy web address</source>
        <translation>Copiar endereço web</translation>
    </message>
    <message>
        <source>Copy {what}</source>
        <translation>Copiar {what}</translation>
    </message>
    <message>
        <source>Correct it, or move it away to start with defaults.</source>
        <translation>Corrija-o, ou mova-o para iniciar com os padrões.</translation>
    </message>
    <message>
        <source>Correct the rights of the file and its folder, or choose another data folder.</source>
        <translation>Corrija as permissões do arquivo e da pasta, ou escolha outra pasta de dados.</translation>
    </message>
    <message>
        <source>Correct the rights of the file and its folder.</source>
        <translation>Corrija as permissões do arquivo e da pasta.</translation>
    </message>
    <message>
        <source>Could not listen on {where}</source>
        <translation>Não foi possível escutar em {where}</translation>
    </message>
    <message>
        <source>Counts by now.</source>
        <translation>Já é válido.</translation>
    </message>
    <message>
        <source>Counts only {ahead} from now.</source>
        <translation>Só é válido daqui a {ahead}.</translation>
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
        <translation>Criar convite</translation>
    </message>
    <message>
        <source>Create one here and hand on its name and password, or make a test user with a token and ready snippets. People may also register by themselves while registration is open.</source>
        <translation>Crie uma aqui e entregue nome e senha, ou crie um usuário de teste com token e exemplos prontos. As pessoas também podem se registrar enquanto o registro estiver aberto.</translation>
    </message>
    <message>
        <source>Create user</source>
        <translation>Criar usuário</translation>
    </message>
    <message>
        <source>Create {accounts}</source>
        <translation>Criar {accounts}</translation>
    </message>
    <message>
        <source>Created</source>
        <translation>Criado</translation>
    </message>
    <message>
        <source>Created {accounts}.</source>
        <translation>{accounts} criadas.</translation>
    </message>
    <message>
        <source>Created {accounts}. The passwords stay on the Accounts page until you put them away.</source>
        <translation>{accounts} criadas. As senhas ficam na página Contas até você guardá-las.</translation>
    </message>
    <message>
        <source>Created {accounts}. They log in with the passwords they have.</source>
        <translation>{accounts} criadas. Entram com as senhas que têm.</translation>
    </message>
    <message>
        <source>Created {name}.</source>
        <translation>{name} criado.</translation>
    </message>
    <message>
        <source>Cut after</source>
        <translation>Cortar após</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>Escuro</translation>
    </message>
    <message>
        <source>Database address</source>
        <translation>Endereço do banco de dados</translation>
    </message>
    <message>
        <source>Database: {state}</source>
        <translation>Banco de dados: {state}</translation>
    </message>
    <message>
        <source>Debug</source>
        <translation>Depuração</translation>
    </message>
    <message>
        <source>Default: {default}</source>
        <translation>Padrão: {default}</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Excluir</translation>
    </message>
    <message>
        <source>Delete this user…</source>
        <translation>Excluir este usuário…</translation>
    </message>
    <message>
        <source>Delete {accounts}</source>
        <translation>Excluir {accounts}</translation>
    </message>
    <message>
        <source>Delete {names}?</source>
        <translation>Excluir {names}?</translation>
    </message>
    <message>
        <source>Deletes {who} for good and {ends}.</source>
        <translation>Exclui {who} de vez e {ends}.</translation>
    </message>
    <message>
        <source>Delivery</source>
        <translation>Entrega</translation>
    </message>
    <message>
        <source>Denies {names}.</source>
        <translation>Recusa {names}.</translation>
    </message>
    <message>
        <source>Deny</source>
        <translation>Recusar</translation>
    </message>
    <message>
        <source>Deny {names}?</source>
        <translation>Recusar {names}?</translation>
    </message>
    <message>
        <source>Deny…</source>
        <translation>Recusar…</translation>
    </message>
    <message>
        <source>Desktop</source>
        <translation>Área de trabalho</translation>
    </message>
    <message>
        <source>Detail of the row</source>
        <translation>Detalhe da linha</translation>
    </message>
    <message>
        <source>Development</source>
        <translation>Desenvolvimento</translation>
    </message>
    <message>
        <source>Development writes a more detailed log.</source>
        <translation>Desenvolvimento escreve um log mais detalhado.</translation>
    </message>
    <message>
        <source>Did not authenticate in time ({code}).</source>
        <translation>Não se autenticou a tempo ({code}).</translation>
    </message>
    <message>
        <source>Did the program mean “{value}”?</source>
        <translation>O programa quis dizer “{value}”?</translation>
    </message>
    <message>
        <source>Did you mean {each}?</source>
        <translation>Você quis dizer {each}?</translation>
    </message>
    <message>
        <source>Did you mean “{value}”?</source>
        <translation>Você quis dizer “{value}”?</translation>
    </message>
    <message>
        <source>Dir</source>
        <translation>Dir.</translation>
    </message>
    <message>
        <source>Direction</source>
        <translation>Direção</translation>
    </message>
    <message>
        <source>Directs</source>
        <translation>Diretas</translation>
    </message>
    <message>
        <source>Directs among guests</source>
        <translation>Diretas entre convidados</translation>
    </message>
    <message>
        <source>Disable</source>
        <translation>Desativar</translation>
    </message>
    <message>
        <source>Disable {names}?</source>
        <translation>Desativar {names}?</translation>
    </message>
    <message>
        <source>Disables {who} and {ends}.</source>
        <translation>Desativa {who} e {ends}.</translation>
    </message>
    <message>
        <source>Disconnect</source>
        <translation>Desconectar</translation>
    </message>
    <message>
        <source>Disconnect everyone now ({clients}); all have to log in again</source>
        <translation>Desconectar todos agora ({clients}); todos terão de entrar de novo</translation>
    </message>
    <message>
        <source>Disconnect {connections}?</source>
        <translation>Desconectar {connections}?</translation>
    </message>
    <message>
        <source>Disconnect {whom}?</source>
        <translation>Desconectar {whom}?</translation>
    </message>
    <message>
        <source>Disconnected by the host ({code}).</source>
        <translation>Desconectado pelo anfitrião ({code}).</translation>
    </message>
    <message>
        <source>Disconnects {connections} now, and refuses every new one.</source>
        <translation>Desconecta {connections} agora e recusa cada nova.</translation>
    </message>
    <message>
        <source>Do not ask again (Settings, Desktop)</source>
        <translation>Não perguntar de novo (Configurações, Área de trabalho)</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Concluir</translation>
    </message>
    <message>
        <source>Done as {client}. What followed is in the traffic.</source>
        <translation>Feito como {client}. O que seguiu está no tráfego.</translation>
    </message>
    <message>
        <source>Doubled</source>
        <translation>Duplicado</translation>
    </message>
    <message>
        <source>Drag to show only a part of the time; a double click shows all.</source>
        <translation>Arraste para mostrar só uma parte do tempo; um clique duplo mostra tudo.</translation>
    </message>
    <message>
        <source>Drain</source>
        <translation>Esvaziar</translation>
    </message>
    <message>
        <source>Drain for</source>
        <translation>Esvaziar em</translation>
    </message>
    <message>
        <source>Drain {node}?</source>
        <translation>Esvaziar {node}?</translation>
    </message>
    <message>
        <source>Drain…</source>
        <translation>Esvaziar…</translation>
    </message>
    <message>
        <source>Each account gets a generated password of its own.</source>
        <translation>Cada conta recebe uma senha gerada própria.</translation>
    </message>
    <message>
        <source>Each node sends 2,000 rows a second at most.</source>
        <translation>Cada nó envia no máximo 2.000 linhas por segundo.</translation>
    </message>
    <message>
        <source>Echo: each writes to the next one, who writes back</source>
        <translation>Eco: cada um escreve ao seguinte, que responde</translation>
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
        <translation>Vazio para uma rede aberta.</translation>
    </message>
    <message>
        <source>Empty the view; can be undone for 10 s (Ctrl+L)</source>
        <translation>Esvaziar a vista; pode ser desfeito por 10 s (Ctrl+L)</translation>
    </message>
    <message>
        <source>Empty: HS256 with this server&apos;s secret. Or public keys: a PEM or JWKS file, or a JWKS URL.</source>
        <translation>Vazio: HS256 com o segredo deste servidor. Ou chaves públicas: um arquivo PEM ou JWKS, ou uma URL JWKS.</translation>
    </message>
    <message>
        <source>Empty: SQLite in the data folder. Or an SQLAlchemy URL; takes effect at next launch.</source>
        <translation>Vazio: SQLite na pasta de dados. Ou uma URL do SQLAlchemy; vale no próximo início.</translation>
    </message>
    <message>
        <source>Empty: alone. redis://HOST:PORT/0?name=NAME: one of several (docs/cluster.md).</source>
        <translation>Vazio: sozinho. redis://HOST:PORT/0?name=NAME: um de vários (docs/cluster.md).</translation>
    </message>
    <message>
        <source>Empty: info in production, debug in development.</source>
        <translation>Vazio: info em produção, debug em desenvolvimento.</translation>
    </message>
    <message>
        <source>Enable</source>
        <translation>Ativar</translation>
    </message>
    <message>
        <source>Enable the account to let them in.</source>
        <translation>Ative a conta para deixar a pessoa entrar.</translation>
    </message>
    <message>
        <source>Enable {username} or lift the ban to let them in.</source>
        <translation>Ative {username} ou retire o banimento para deixar entrar.</translation>
    </message>
    <message>
        <source>Enabled {names}.</source>
        <translation>{names} ativado.</translation>
    </message>
    <message>
        <source>End</source>
        <translation>Encerrar</translation>
    </message>
    <message>
        <source>End all</source>
        <translation>Encerrar tudo</translation>
    </message>
    <message>
        <source>End all guests?</source>
        <translation>Encerrar todos os convidados?</translation>
    </message>
    <message>
        <source>End faults</source>
        <translation>Encerrar falhas</translation>
    </message>
    <message>
        <source>End guests</source>
        <translation>Encerrar convidados</translation>
    </message>
    <message>
        <source>End guests…</source>
        <translation>Encerrar convidados…</translation>
    </message>
    <message>
        <source>End {guests}…</source>
        <translation>Encerrar {guests}…</translation>
    </message>
    <message>
        <source>Ending connections…</source>
        <translation>Encerrando conexões…</translation>
    </message>
    <message>
        <source>Ends</source>
        <translation>Termina</translation>
    </message>
    <message>
        <source>Ends after</source>
        <translation>Termina após</translation>
    </message>
    <message>
        <source>Engine: {engine} · {envelopes} envelopes told, {items} items, {dropped} dropped</source>
        <translation>Motor: {engine} · {envelopes} avisos enviados, {items} itens, {dropped} descartados</translation>
    </message>
    <message>
        <source>Environment</source>
        <translation>Ambiente</translation>
    </message>
    <message>
        <source>Error</source>
        <translation>Erro</translation>
    </message>
    <message>
        <source>Error &amp;before	Shift+F8</source>
        <translation>Erro &amp;anterior	Shift+F8</translation>
    </message>
    <message>
        <source>Errors</source>
        <translation>Erros</translation>
    </message>
    <message>
        <source>Everybody behind the same router may share an address.</source>
        <translation>Todos atrás do mesmo roteador podem dividir um endereço.</translation>
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
        <translation>Tudo</translation>
    </message>
    <message>
        <source>Everything that passes shows up here. Programs connect to {address}</source>
        <translation>Tudo o que passa aparece aqui. Programas se conectam a {address}</translation>
    </message>
    <message>
        <source>Expired {time}</source>
        <translation>Expirou {time}</translation>
    </message>
    <message>
        <source>Expired {value} ago.</source>
        <translation>Expirou há {value}.</translation>
    </message>
    <message>
        <source>Expires</source>
        <translation>Expira</translation>
    </message>
    <message>
        <source>Expires in {value}.</source>
        <translation>Expira em {value}.</translation>
    </message>
    <message>
        <source>Expires {time}</source>
        <translation>Expira {time}</translation>
    </message>
    <message>
        <source>Export CSV</source>
        <translation>Exportar CSV</translation>
    </message>
    <message>
        <source>Export all</source>
        <translation>Exportar tudo</translation>
    </message>
    <message>
        <source>Export all acts</source>
        <translation>Exportar todos os atos</translation>
    </message>
    <message>
        <source>Export all…</source>
        <translation>Exportar tudo…</translation>
    </message>
    <message>
        <source>Export and open</source>
        <translation>Exportar e abrir</translation>
    </message>
    <message>
        <source>Export filtered…</source>
        <translation>Exportar filtrado…</translation>
    </message>
    <message>
        <source>Export messages…</source>
        <translation>Exportar mensagens…</translation>
    </message>
    <message>
        <source>Export selected…</source>
        <translation>Exportar selecionado…</translation>
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
        <translation>Linhas exportadas (*.jsonl)</translation>
    </message>
    <message>
        <source>Exported {accounts} to {file}.</source>
        <translation>{accounts} exportadas para {file}.</translation>
    </message>
    <message>
        <source>Exported {acts} to {file}.</source>
        <translation>{acts} exportados para {file}.</translation>
    </message>
    <message>
        <source>Exported {messages} to {file}.</source>
        <translation>{messages} exportadas para {file}.</translation>
    </message>
    <message>
        <source>Exported {rows} to {file}.</source>
        <translation>{rows} exportadas para {file}.</translation>
    </message>
    <message>
        <source>Exporting to {file}</source>
        <translation>Exportando para {file}</translation>
    </message>
    <message>
        <source>F&amp;ilter	/</source>
        <translation>F&amp;iltro	/</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Falhou</translation>
    </message>
    <message>
        <source>Failed logins</source>
        <translation>Logins falhos</translation>
    </message>
    <message>
        <source>Failures</source>
        <translation>Falhas</translation>
    </message>
    <message>
        <source>Failures in 15 minutes on an account before growing waits; an address may fail on five times as many accounts; 0: no limit.</source>
        <translation>Falhas em 15 minutos numa conta antes de esperas crescentes; um endereço pode falhar em cinco vezes mais contas; 0: sem limite.</translation>
    </message>
    <message>
        <source>Fair</source>
        <translation>Razoável</translation>
    </message>
    <message>
        <source>Faults</source>
        <translation>Falhas</translation>
    </message>
    <message>
        <source>Faults that are on</source>
        <translation>Falhas ligadas</translation>
    </message>
    <message>
        <source>Field &apos;before&apos; must be the id of a message of this server.</source>
        <translation>O campo &apos;before&apos; deve ser o id de uma mensagem deste servidor.</translation>
    </message>
    <message>
        <source>Field &apos;id&apos; must be the id of a message of this server.</source>
        <translation>O campo &apos;id&apos; deve ser o id de uma mensagem deste servidor.</translation>
    </message>
    <message>
        <source>Field &apos;{value}&apos; is missing.</source>
        <translation>Falta o campo &apos;{value}&apos;.</translation>
    </message>
    <message>
        <source>Field &apos;{value}&apos; must be {words}.</source>
        <translation>O campo &apos;{value}&apos; deve ser {words}.</translation>
    </message>
    <message>
        <source>Field &apos;{value}&apos;: {value_}.</source>
        <translation>Campo &apos;{value}&apos;: {value_}.</translation>
    </message>
    <message>
        <source>Files: your own certificate</source>
        <translation>Arquivos: seu próprio certificado</translation>
    </message>
    <message>
        <source>Filter</source>
        <translation>Filtro</translation>
    </message>
    <message>
        <source>Filter: words user: type: code: size&gt;1k /regex/ !not</source>
        <translation>Filtro: palavras user: type: code: size&gt;1k /regex/ !não</translation>
    </message>
    <message>
        <source>Find in this payload</source>
        <translation>Buscar neste conteúdo</translation>
    </message>
    <message>
        <source>First client</source>
        <translation>Primeiro cliente</translation>
    </message>
    <message>
        <source>Follow</source>
        <translation>Seguir</translation>
    </message>
    <message>
        <source>Follow the system</source>
        <translation>Seguir o sistema</translation>
    </message>
    <message>
        <source>Follow the system, or always light or dark.</source>
        <translation>Seguir o sistema, ou sempre claro ou escuro.</translation>
    </message>
    <message>
        <source>For</source>
        <translation>Por</translation>
    </message>
    <message>
        <source>For PostgreSQL install authws-desktop[postgresql].</source>
        <translation>Para PostgreSQL, instale authws-desktop[postgresql].</translation>
    </message>
    <message>
        <source>For a Linux or macOS shell with Node.js; then type messages as JSON.</source>
        <translation>Para um terminal Linux ou macOS com Node.js; depois digite mensagens em JSON.</translation>
    </message>
    <message>
        <source>For a Linux or macOS shell.</source>
        <translation>Para um terminal Linux ou macOS.</translation>
    </message>
    <message>
        <source>For a class or event</source>
        <translation>Para uma turma ou evento</translation>
    </message>
    <message>
        <source>For a day</source>
        <translation>Por um dia</translation>
    </message>
    <message>
        <source>For a week</source>
        <translation>Por uma semana</translation>
    </message>
    <message>
        <source>For an hour</source>
        <translation>Por uma hora</translation>
    </message>
    <message>
        <source>For programs</source>
        <translation>Para programas</translation>
    </message>
    <message>
        <source>For whom</source>
        <translation>Para quem</translation>
    </message>
    <message>
        <source>Forget this filter</source>
        <translation>Esquecer este filtro</translation>
    </message>
    <message>
        <source>Forget this message</source>
        <translation>Esquecer esta mensagem</translation>
    </message>
    <message>
        <source>Fragments of</source>
        <translation>Fragmentos de</translation>
    </message>
    <message>
        <source>Frame over the size limit ({code}).</source>
        <translation>Quadro acima do limite de tamanho ({code}).</translation>
    </message>
    <message>
        <source>Freeze the view; nothing is lost (Space)</source>
        <translation>Congelar a vista; nada se perde (Espaço)</translation>
    </message>
    <message>
        <source>From</source>
        <translation>De</translation>
    </message>
    <message>
        <source>From clients only</source>
        <translation>Só dos clientes</translation>
    </message>
    <message>
        <source>From now on.</source>
        <translation>A partir de agora.</translation>
    </message>
    <message>
        <source>From telling the others to hearing it back from the engine</source>
        <translation>De avisar os outros até ouvir de volta do motor</translation>
    </message>
    <message>
        <source>Frozen: nothing passes, and nothing is closed</source>
        <translation>Congelado: nada passa e nada se fecha</translation>
    </message>
    <message>
        <source>Gaps</source>
        <translation>Lacunas</translation>
    </message>
    <message>
        <source>Generate</source>
        <translation>Gerar</translation>
    </message>
    <message>
        <source>Generate a new one</source>
        <translation>Gerar um novo</translation>
    </message>
    <message>
        <source>Give the account the role host, if it is to do this.</source>
        <translation>Dê à conta o papel host, se ela deve fazer isto.</translation>
    </message>
    <message>
        <source>Good</source>
        <translation>Bom</translation>
    </message>
    <message>
        <source>Guest</source>
        <translation>Convidado</translation>
    </message>
    <message>
        <source>Guests</source>
        <translation>Convidados</translation>
    </message>
    <message>
        <source>Guests may come in by name</source>
        <translation>Convidados podem entrar pelo nome</translation>
    </message>
    <message>
        <source>Guests may not write to each other here.</source>
        <translation>Aqui, os convidados não podem escrever entre si.</translation>
    </message>
    <message>
        <source>Guests may write to each other</source>
        <translation>Convidados podem escrever entre si</translation>
    </message>
    <message>
        <source>HS256 needs a long random text.</source>
        <translation>HS256 precisa de um texto aleatório longo.</translation>
    </message>
    <message>
        <source>HS256 needs a secret: a long random text.</source>
        <translation>HS256 precisa de um segredo: um texto aleatório longo.</translation>
    </message>
    <message>
        <source>HS256 needs at least {min_secret_bytes} bytes: with fewer, tokens can be forged by trying secrets.</source>
        <translation>HS256 precisa de pelo menos {min_secret_bytes} bytes: com menos, tokens podem ser forjados testando segredos.</translation>
    </message>
    <message>
        <source>Hand on the link of an invitation.</source>
        <translation>Entregue o link de um convite.</translation>
    </message>
    <message>
        <source>Header</source>
        <translation>Cabeçalho</translation>
    </message>
    <message>
        <source>Hex</source>
        <translation>Hex</translation>
    </message>
    <message>
        <source>Hide password</source>
        <translation>Ocultar senha</translation>
    </message>
    <message>
        <source>Hide the secret</source>
        <translation>Ocultar o segredo</translation>
    </message>
    <message>
        <source>Hide this type</source>
        <translation>Ocultar este tipo</translation>
    </message>
    <message>
        <source>Highlight</source>
        <translation>Destacar</translation>
    </message>
    <message>
        <source>History</source>
        <translation>Histórico</translation>
    </message>
    <message>
        <source>History file</source>
        <translation>Arquivo de histórico</translation>
    </message>
    <message>
        <source>History from {oldest} to {newest}: {rows}, read-only.</source>
        <translation>Histórico de {oldest} a {newest}: {rows}, só leitura.</translation>
    </message>
    <message>
        <source>History…</source>
        <translation>Histórico…</translation>
    </message>
    <message>
        <source>Holds for passwords that are set from now on; under 8 they are easily guessed.</source>
        <translation>Vale para senhas definidas de agora em diante; abaixo de 8 são fáceis de adivinhar.</translation>
    </message>
    <message>
        <source>Host</source>
        <translation>Anfitrião</translation>
    </message>
    <message>
        <source>How long</source>
        <translation>Quanto tempo</translation>
    </message>
    <message>
        <source>How long a login lasts; holds for tokens issued from now on.</source>
        <translation>Quanto dura um login; vale para tokens emitidos de agora em diante.</translation>
    </message>
    <message>
        <source>How many</source>
        <translation>Quantos</translation>
    </message>
    <message>
        <source>How many people.</source>
        <translation>Quantas pessoas.</translation>
    </message>
    <message>
        <source>How often an idle connection is pinged.</source>
        <translation>De quanto em quanto tempo uma conexão ociosa recebe ping.</translation>
    </message>
    <message>
        <source>Idle</source>
        <translation>Ocioso</translation>
    </message>
    <message>
        <source>If it is forgotten, give a new one: Reset password.</source>
        <translation>Se foi esquecida, dê uma nova: Redefinir senha.</translation>
    </message>
    <message>
        <source>If others cannot connect, allow the port.</source>
        <translation>Se outros não conseguem se conectar, permita a porta.</translation>
    </message>
    <message>
        <source>If others cannot connect: Windows Security, Firewall &amp; network protection, Allow an app through firewall; or this line in a terminal run as administrator:</source>
        <translation>Se outros não conseguem se conectar: Segurança do Windows, Firewall e proteção de rede, Permitir um aplicativo pelo firewall; ou esta linha num terminal aberto como administrador:</translation>
    </message>
    <message>
        <source>If others cannot connect: {macos_clicks}.</source>
        <translation>Se outros não conseguem se conectar: {macos_clicks}.</translation>
    </message>
    <message>
        <source>Import a list</source>
        <translation>Importar uma lista</translation>
    </message>
    <message>
        <source>Import accounts</source>
        <translation>Importar contas</translation>
    </message>
    <message>
        <source>Import it in parts.</source>
        <translation>Importe em partes.</translation>
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
        <translation>Em nome de um cliente</translation>
    </message>
    <message>
        <source>In a cluster, a server that stops sends its clients to the others over this long.</source>
        <translation>Num cluster, um servidor que para envia seus clientes aos outros durante este tempo.</translation>
    </message>
    <message>
        <source>In the way</source>
        <translation>No caminho</translation>
    </message>
    <message>
        <source>In/s</source>
        <translation>Entr./s</translation>
    </message>
    <message>
        <source>In: {now}/s now, {most}/s at most.</source>
        <translation>Entrada: {now}/s agora, {most}/s no máximo.</translation>
    </message>
    <message>
        <source>Indent</source>
        <translation>Recuar</translation>
    </message>
    <message>
        <source>Info</source>
        <translation>Info</translation>
    </message>
    <message>
        <source>Info and above</source>
        <translation>Info e acima</translation>
    </message>
    <message>
        <source>Inspect a token…</source>
        <translation>Inspecionar um token…</translation>
    </message>
    <message>
        <source>Invitations</source>
        <translation>Convites</translation>
    </message>
    <message>
        <source>Invite: whoever has an invitation code</source>
        <translation>Convite: quem tem um código</translation>
    </message>
    <message>
        <source>Is the clock right?</source>
        <translation>O relógio está certo?</translation>
    </message>
    <message>
        <source>Issued</source>
        <translation>Emitido</translation>
    </message>
    <message>
        <source>Issued by &apos;{issuer}&apos;, whose tokens you let in.</source>
        <translation>Emitido por &apos;{issuer}&apos;, cujos tokens você aceita.</translation>
    </message>
    <message>
        <source>Issued by now.</source>
        <translation>Já emitido.</translation>
    </message>
    <message>
        <source>Issued by this program.</source>
        <translation>Emitido por este programa.</translation>
    </message>
    <message>
        <source>Issued in the future, {time}</source>
        <translation>Emitido no futuro, {time}</translation>
    </message>
    <message>
        <source>Issued only {ahead} from now.</source>
        <translation>Emitido somente daqui a {ahead}.</translation>
    </message>
    <message>
        <source>Issued {time}</source>
        <translation>Emitido {time}</translation>
    </message>
    <message>
        <source>It answers at every address of this computer.</source>
        <translation>Responde em todos os endereços deste computador.</translation>
    </message>
    <message>
        <source>It counts until their tokens expire or are revoked.</source>
        <translation>Vale até que seus tokens expirem ou sejam revogados.</translation>
    </message>
    <message>
        <source>It does not answer this computer itself at {names}.</source>
        <translation>Não responde a este próprio computador em {names}.</translation>
    </message>
    <message>
        <source>It does not fall asleep while clients are connected, where the system offers that.</source>
        <translation>Não adormece enquanto houver clientes conectados, onde o sistema oferece isso.</translation>
    </message>
    <message>
        <source>It ends by itself, or when you lift it.</source>
        <translation>Termina sozinho, ou quando você suspende.</translation>
    </message>
    <message>
        <source>It is Windows itself (often IIS or the World Wide Web Publishing Service): stop it in Services.</source>
        <translation>É o próprio Windows (muitas vezes o IIS ou o World Wide Web Publishing Service): pare-o em Serviços.</translation>
    </message>
    <message>
        <source>It is allowed by now.</source>
        <translation>Agora está permitido.</translation>
    </message>
    <message>
        <source>It is one of {known}.</source>
        <translation>É um de {known}.</translation>
    </message>
    <message>
        <source>It may be AirPlay: System Settings, General, AirDrop &amp; Handoff, AirPlay Receiver.</source>
        <translation>Pode ser o AirPlay: Ajustes do Sistema, Geral, AirDrop e Handoff, Receptor AirPlay.</translation>
    </message>
    <message>
        <source>It stands before the content, as long as the program runs.</source>
        <translation>Fica antes do conteúdo enquanto o programa estiver aberto.</translation>
    </message>
    <message>
        <source>It was left as it is. To do it all the same, press {button} again.</source>
        <translation>Ficou como estava. Para fazer mesmo assim, aperte {button} de novo.</translation>
    </message>
    <message>
        <source>Its network is gone, or its device sleeps, or its program was ended.</source>
        <translation>Sua rede caiu, ou seu dispositivo dorme, ou seu programa foi encerrado.</translation>
    </message>
    <message>
        <source>Its tokens are refused until they can.</source>
        <translation>Até lá, seus tokens são recusados.</translation>
    </message>
    <message>
        <source>JSON Lines (*.jsonl)</source>
        <translation>JSON Lines (*.jsonl)</translation>
    </message>
    <message>
        <source>JSON Lines, can be opened again (*.jsonl)</source>
        <translation>JSON Lines, pode ser reaberto (*.jsonl)</translation>
    </message>
    <message>
        <source>JSON Lines, can be replayed (*.jsonl)</source>
        <translation>JSON Lines, pode ser reproduzido (*.jsonl)</translation>
    </message>
    <message>
        <source>JSON has no {name}.</source>
        <translation>JSON não tem {name}.</translation>
    </message>
    <message>
        <source>JSON is malformed:</source>
        <translation>O JSON está malformado:</translation>
    </message>
    <message>
        <source>JWT_SECRET holds a key pair.</source>
        <translation>JWT_SECRET contém um par de chaves.</translation>
    </message>
    <message>
        <source>JWT_SECRET is not text.</source>
        <translation>JWT_SECRET não é texto.</translation>
    </message>
    <message>
        <source>JWT_SECRET is {secret} bytes long.</source>
        <translation>JWT_SECRET tem {secret} bytes.</translation>
    </message>
    <message>
        <source>Join from a phone: scan the code, or open {address}.</source>
        <translation>Entre por um celular: leia o código ou abra {address}.</translation>
    </message>
    <message>
        <source>Keep it on top</source>
        <translation>Manter no topo</translation>
    </message>
    <message>
        <source>Keep it on top, also for who comes later</source>
        <translation>Manter no topo, também para quem vier depois</translation>
    </message>
    <message>
        <source>Keep messages for</source>
        <translation>Guardar mensagens por</translation>
    </message>
    <message>
        <source>Keep messages for who was away</source>
        <translation>Guardar mensagens para ausentes</translation>
    </message>
    <message>
        <source>Keep people connected; old tokens stay valid until they expire</source>
        <translation>Manter conectados; tokens antigos valem até expirar</translation>
    </message>
    <message>
        <source>Keep running in the tray</source>
        <translation>Continuar na bandeja</translation>
    </message>
    <message>
        <source>Keep the audit for</source>
        <translation>Guardar a auditoria por</translation>
    </message>
    <message>
        <source>Keep the computer awake</source>
        <translation>Manter o computador acordado</translation>
    </message>
    <message>
        <source>Keep the newest line in view</source>
        <translation>Manter a linha mais nova à vista</translation>
    </message>
    <message>
        <source>Keep the newest row in view (F)</source>
        <translation>Manter a linha mais nova à vista (F)</translation>
    </message>
    <message>
        <source>Keep the role each has</source>
        <translation>Manter o papel de cada um</translation>
    </message>
    <message>
        <source>Keep the server running</source>
        <translation>Manter o servidor rodando</translation>
    </message>
    <message>
        <source>Keep-alive every</source>
        <translation>Ping a cada</translation>
    </message>
    <message>
        <source>Kept in a file of its own; survives a restart</source>
        <translation>Num arquivo próprio; sobrevive a um reinício</translation>
    </message>
    <message>
        <source>Kept in {file}</source>
        <translation>Guardado em {file}</translation>
    </message>
    <message>
        <source>Kept sending over the rate limit ({code}).</source>
        <translation>Continuou enviando acima do limite de taxa ({code}).</translation>
    </message>
    <message>
        <source>Key file</source>
        <translation>Arquivo de chave</translation>
    </message>
    <message>
        <source>Keys come from a file, or from an address such as https://login.example.org/.well-known/jwks.json.</source>
        <translation>As chaves vêm de um arquivo ou de um endereço como https://login.example.org/.well-known/jwks.json.</translation>
    </message>
    <message>
        <source>Keys of those tokens</source>
        <translation>Chaves desses tokens</translation>
    </message>
    <message>
        <source>Lag</source>
        <translation>Atraso</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>Idioma</translation>
    </message>
    <message>
        <source>Language of the window</source>
        <translation>Idioma da janela</translation>
    </message>
    <message>
        <source>Largest message</source>
        <translation>Maior mensagem</translation>
    </message>
    <message>
        <source>Last login</source>
        <translation>Último login</translation>
    </message>
    <message>
        <source>Last run</source>
        <translation>Última execução</translation>
    </message>
    <message>
        <source>Last seen</source>
        <translation>Visto por último</translation>
    </message>
    <message>
        <source>Last used</source>
        <translation>Último uso</translation>
    </message>
    <message>
        <source>Late by</source>
        <translation>Atrasado em</translation>
    </message>
    <message>
        <source>Leave it empty for SQLite, or write postgresql://user:password@host/name.</source>
        <translation>Deixe vazio para SQLite, ou escreva postgresql://user:password@host/name.</translation>
    </message>
    <message>
        <source>Leave it out to have a password generated.</source>
        <translation>Omita-a para que uma senha seja gerada.</translation>
    </message>
    <message>
        <source>Left out: {rows}</source>
        <translation>Omitidas: {rows}</translation>
    </message>
    <message>
        <source>Let everyone write to everyone; nobody is disconnected.</source>
        <translation>Deixe todos escreverem a todos; ninguém é desconectado.</translation>
    </message>
    <message>
        <source>Let guests in by name alone; nobody is disconnected.</source>
        <translation>Deixe convidados entrarem só com o nome; ninguém é desconectado.</translation>
    </message>
    <message>
        <source>Let in who has a token of another issuer: off; known: who has an account here; anyone.</source>
        <translation>Deixar entrar quem tem token de outro emissor: off; known: quem tem conta aqui; anyone: qualquer um.</translation>
    </message>
    <message>
        <source>Let my network in</source>
        <translation>Deixar minha rede entrar</translation>
    </message>
    <message>
        <source>Let the client log in again and use the new token.</source>
        <translation>Faça o cliente entrar de novo e usar o novo token.</translation>
    </message>
    <message>
        <source>Let them try again now</source>
        <translation>Permitir nova tentativa</translation>
    </message>
    <message>
        <source>Let tokens run out now</source>
        <translation>Fazer os tokens expirarem agora</translation>
    </message>
    <message>
        <source>Let your network in?</source>
        <translation>Deixar sua rede entrar?</translation>
    </message>
    <message>
        <source>Let {username} log in again, or hand on a new token.</source>
        <translation>Faça {username} entrar de novo, ou entregue um novo token.</translation>
    </message>
    <message>
        <source>Lets this device trust that computer&apos;s server.</source>
        <translation>Faz este dispositivo confiar no servidor daquele computador.</translation>
    </message>
    <message>
        <source>Lets {names} try again now.</source>
        <translation>Permite que {names} tente de novo agora.</translation>
    </message>
    <message>
        <source>Level</source>
        <translation>Nível</translation>
    </message>
    <message>
        <source>Life of the token</source>
        <translation>Duração do token</translation>
    </message>
    <message>
        <source>Lift</source>
        <translation>Suspender</translation>
    </message>
    <message>
        <source>Lift the ban to let them in.</source>
        <translation>Retire o banimento para deixar entrar.</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Claro</translation>
    </message>
    <message>
        <source>Line</source>
        <translation>Linha</translation>
    </message>
    <message>
        <source>Line for a terminal</source>
        <translation>Linha para um terminal</translation>
    </message>
    <message>
        <source>Line {line} has a quote too many or too few.</source>
        <translation>A linha {line} tem aspas a mais ou a menos.</translation>
    </message>
    <message>
        <source>Line {line} of the file {file} cannot be understood; is a quotation mark missing?</source>
        <translation>Não é possível entender a linha {line} do arquivo {file}; falta uma aspa?</translation>
    </message>
    <message>
        <source>Lines of the list</source>
        <translation>Linhas da lista</translation>
    </message>
    <message>
        <source>Link</source>
        <translation>Link</translation>
    </message>
    <message>
        <source>Link of the chosen invitation</source>
        <translation>Link do convite escolhido</translation>
    </message>
    <message>
        <source>Listen on</source>
        <translation>Escutar em</translation>
    </message>
    <message>
        <source>Listen on another address?</source>
        <translation>Escutar em outro endereço?</translation>
    </message>
    <message>
        <source>Listening on {places}, port {value}.</source>
        <translation>Escutando em {places}, porta {value}.</translation>
    </message>
    <message>
        <source>Lists (*.csv *.tsv *.txt *.json *.jsonl);;All files (*)</source>
        <translation>Listas (*.csv *.tsv *.txt *.json *.jsonl);;Todos os arquivos (*)</translation>
    </message>
    <message>
        <source>Live</source>
        <translation>Ao vivo</translation>
    </message>
    <message>
        <source>Local: a certificate made here</source>
        <translation>Local: um certificado feito aqui</translation>
    </message>
    <message>
        <source>Lock-outs</source>
        <translation>Bloqueios</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>Log</translation>
    </message>
    <message>
        <source>Log in again.</source>
        <translation>Entre de novo.</translation>
    </message>
    <message>
        <source>Log in within</source>
        <translation>Entrar em</translation>
    </message>
    <message>
        <source>Log level</source>
        <translation>Nível do log</translation>
    </message>
    <message>
        <source>Logged in with this token already.</source>
        <translation>Já há uma sessão iniciada com este token.</translation>
    </message>
    <message>
        <source>Login cards</source>
        <translation>Cartões de login</translation>
    </message>
    <message>
        <source>Login cards for {accounts}</source>
        <translation>Cartões de login para {accounts}</translation>
    </message>
    <message>
        <source>Login cards…</source>
        <translation>Cartões de login…</translation>
    </message>
    <message>
        <source>Login refused</source>
        <translation>Login recusado</translation>
    </message>
    <message>
        <source>Logins</source>
        <translation>Logins</translation>
    </message>
    <message>
        <source>Logs {who} out everywhere: {ends}.</source>
        <translation>Encerra as sessões de {who} em todo lugar: {ends}.</translation>
    </message>
    <message>
        <source>Look at it again, then repeat what is still wanted.</source>
        <translation>Olhe de novo e repita o que ainda for desejado.</translation>
    </message>
    <message>
        <source>Look at this</source>
        <translation>Veja isto</translation>
    </message>
    <message>
        <source>Look for a newer version</source>
        <translation>Procurar uma versão mais nova</translation>
    </message>
    <message>
        <source>Look for a typing error, or make one.</source>
        <translation>Procure um erro de digitação, ou crie uma.</translation>
    </message>
    <message>
        <source>Look for a typing error: /openapi.json has every path.</source>
        <translation>Procure um erro de digitação: /openapi.json tem todos os caminhos.</translation>
    </message>
    <message>
        <source>Look-around and back-references cannot be searched.</source>
        <translation>Look-around e referências anteriores não podem ser pesquisados.</translation>
    </message>
    <message>
        <source>Lost</source>
        <translation>Perdido</translation>
    </message>
    <message>
        <source>Lost, as the connection closed: {lost}.</source>
        <translation>Perdidos, pois a conexão foi encerrada: {lost}.</translation>
    </message>
    <message>
        <source>Lowest level shown</source>
        <translation>Menor nível mostrado</translation>
    </message>
    <message>
        <source>Made ready {done} of {all}</source>
        <translation>{done} de {all} prontos</translation>
    </message>
    <message>
        <source>Made {when}</source>
        <translation>Feito {when}</translation>
    </message>
    <message>
        <source>Make a new code</source>
        <translation>Fazer um novo código</translation>
    </message>
    <message>
        <source>Make another invitation, and hand on its link.</source>
        <translation>Crie outro convite e entregue o link.</translation>
    </message>
    <message>
        <source>Make it a test</source>
        <translation>Transformar em teste</translation>
    </message>
    <message>
        <source>Make it a test…</source>
        <translation>Transformar em teste…</translation>
    </message>
    <message>
        <source>Make room, then try again.</source>
        <translation>Libere espaço e tente de novo.</translation>
    </message>
    <message>
        <source>Make room.</source>
        <translation>Libere espaço.</translation>
    </message>
    <message>
        <source>Make the account yourself, or let anybody register; nobody is disconnected.</source>
        <translation>Crie você a conta, ou deixe qualquer pessoa se registrar; ninguém é desconectado.</translation>
    </message>
    <message>
        <source>Mark</source>
        <translation>Marcar</translation>
    </message>
    <message>
        <source>Marks rows without hiding the others; same language as the filter.</source>
        <translation>Marca linhas sem ocultar as outras; mesma linguagem do filtro.</translation>
    </message>
    <message>
        <source>Meaning</source>
        <translation>Significado</translation>
    </message>
    <message>
        <source>Meant for another service.</source>
        <translation>Destinado a outro serviço.</translation>
    </message>
    <message>
        <source>Meanwhile {rows} made room for new ones.</source>
        <translation>Nesse meio-tempo {rows} deram lugar a novas.</translation>
    </message>
    <message>
        <source>Median</source>
        <translation>Mediana</translation>
    </message>
    <message>
        <source>Member</source>
        <translation>Membro</translation>
    </message>
    <message>
        <source>Memory for rows</source>
        <translation>Memória para linhas</translation>
    </message>
    <message>
        <source>Message</source>
        <translation>Mensagem</translation>
    </message>
    <message>
        <source>Message as JSON</source>
        <translation>Mensagem como JSON</translation>
    </message>
    <message>
        <source>Message burst</source>
        <translation>Rajada de mensagens</translation>
    </message>
    <message>
        <source>Message rate</source>
        <translation>Taxa de mensagens</translation>
    </message>
    <message>
        <source>Messages</source>
        <translation>Mensagens</translation>
    </message>
    <message>
        <source>Messages a connection may send at once before the rate applies.</source>
        <translation>Mensagens que uma conexão pode enviar de uma vez antes de a taxa valer.</translation>
    </message>
    <message>
        <source>Messages a second each connection may send; 0 switches the limit off.</source>
        <translation>Mensagens por segundo de cada conexão; 0 desliga o limite.</translation>
    </message>
    <message>
        <source>Messages in a second</source>
        <translation>Mensagens recebidas por segundo</translation>
    </message>
    <message>
        <source>Messages kept</source>
        <translation>Mensagens guardadas</translation>
    </message>
    <message>
        <source>Messages of each</source>
        <translation>Mensagens de cada um</translation>
    </message>
    <message>
        <source>Messages out a second</source>
        <translation>Mensagens enviadas por segundo</translation>
    </message>
    <message>
        <source>Messages out: {now}/s now, {most}/s at most.</source>
        <translation>Mensagens enviadas: {now}/s agora, {most}/s no máximo.</translation>
    </message>
    <message>
        <source>MiB</source>
        <translation>MiB</translation>
    </message>
    <message>
        <source>Minimise and keep running</source>
        <translation>Minimizar e continuar</translation>
    </message>
    <message>
        <source>More or less</source>
        <translation>Mais ou menos</translation>
    </message>
    <message>
        <source>Move it away to begin a new one.</source>
        <translation>Mova-o para começar um novo.</translation>
    </message>
    <message>
        <source>Move the folder away to make new ones.</source>
        <translation>Mova a pasta para criar outros novos.</translation>
    </message>
    <message>
        <source>Move the folder {folder} away and start the server again; devices then have to trust it anew.</source>
        <translation>Mova a pasta {folder} e inicie o servidor de novo; os dispositivos terão de confiar nele novamente.</translation>
    </message>
    <message>
        <source>My network</source>
        <translation>Minha rede</translation>
    </message>
    <message>
        <source>My network  ·  every address of this computer</source>
        <translation>Minha rede  ·  todos os endereços deste computador</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Nome</translation>
    </message>
    <message>
        <source>Name in the network</source>
        <translation>Nome na rede</translation>
    </message>
    <message>
        <source>Name its file in Settings, Security, or let one be made.</source>
        <translation>Indique o arquivo em Configurações, Segurança, ou deixe que um seja criado.</translation>
    </message>
    <message>
        <source>Names</source>
        <translation>Nomes</translation>
    </message>
    <message>
        <source>Names and passwords</source>
        <translation>Nomes e senhas</translation>
    </message>
    <message>
        <source>Names are compared without regard to case.</source>
        <translation>Nomes são comparados sem distinguir maiúsculas.</translation>
    </message>
    <message>
        <source>Names, besides this computer&apos;s own, by which clients may address the server, such as hub.example.org or *.example.org.</source>
        <translation>Nomes, além dos deste computador, pelos quais clientes podem chamar o servidor, como hub.example.org ou *.example.org.</translation>
    </message>
    <message>
        <source>Needs Qt 6 with its module WebSockets.</source>
        <translation>Precisa do Qt 6 com o módulo WebSockets.</translation>
    </message>
    <message>
        <source>Neither ufw nor firewalld is on.</source>
        <translation>Nem ufw nem firewalld estão ativos.</translation>
    </message>
    <message>
        <source>Network</source>
        <translation>Rede</translation>
    </message>
    <message>
        <source>Never</source>
        <translation>Nunca</translation>
    </message>
    <message>
        <source>New devices first open {url}</source>
        <translation>Aparelhos novos abrem primeiro {url}</translation>
    </message>
    <message>
        <source>New password</source>
        <translation>Nova senha</translation>
    </message>
    <message>
        <source>New passwords; nobody else knows them.</source>
        <translation>Novas senhas; ninguém mais as conhece.</translation>
    </message>
    <message>
        <source>New secret</source>
        <translation>Novo segredo</translation>
    </message>
    <message>
        <source>New test user</source>
        <translation>Novo usuário de teste</translation>
    </message>
    <message>
        <source>New traffic shows up here.</source>
        <translation>O tráfego novo aparece aqui.</translation>
    </message>
    <message>
        <source>New user</source>
        <translation>Novo usuário</translation>
    </message>
    <message>
        <source>Newcomers see</source>
        <translation>Novatos veem</translation>
    </message>
    <message>
        <source>Newcomers wait here once registration needs your approval.</source>
        <translation>Novatos esperam aqui quando o registro precisa da sua aprovação.</translation>
    </message>
    <message>
        <source>Newer</source>
        <translation>Mais novo</translation>
    </message>
    <message>
        <source>Next &amp;error	F8</source>
        <translation>Próximo &amp;erro	F8</translation>
    </message>
    <message>
        <source>Next (Return)</source>
        <translation>Próximo (Return)</translation>
    </message>
    <message>
        <source>Next sheet</source>
        <translation>Próxima folha</translation>
    </message>
    <message>
        <source>No account chosen</source>
        <translation>Nenhuma conta escolhida</translation>
    </message>
    <message>
        <source>No account matches “{search}”</source>
        <translation>Nenhuma conta corresponde a “{search}”</translation>
    </message>
    <message>
        <source>No accounts yet</source>
        <translation>Ainda não há contas</translation>
    </message>
    <message>
        <source>No act matches</source>
        <translation>Nenhum ato corresponde</translation>
    </message>
    <message>
        <source>No certificate is chosen.</source>
        <translation>Nenhum certificado foi escolhido.</translation>
    </message>
    <message>
        <source>No connection has this in name, address or app.</source>
        <translation>Nenhuma conexão tem isto no nome, endereço ou app.</translation>
    </message>
    <message>
        <source>No connection is broken on purpose.</source>
        <translation>Nenhuma conexão está sendo perturbada de propósito.</translation>
    </message>
    <message>
        <source>No firewall is in the way: neither ufw, firewalld nor nftables filters.</source>
        <translation>Nenhum firewall atrapalha: ufw, firewalld e nftables não filtram.</translation>
    </message>
    <message>
        <source>No firewall that this program knows was found (ufw, firewalld, nftables).</source>
        <translation>Nenhum firewall que este programa conheça foi encontrado (ufw, firewalld, nftables).</translation>
    </message>
    <message>
        <source>No invitation yet. Create one above and hand on its link.</source>
        <translation>Ainda não há convites. Crie um acima e entregue o link.</translation>
    </message>
    <message>
        <source>No key is chosen.</source>
        <translation>Nenhuma chave foi escolhida.</translation>
    </message>
    <message>
        <source>No line can be used.</source>
        <translation>Nenhuma linha pode ser usada.</translation>
    </message>
    <message>
        <source>No line matches</source>
        <translation>Nenhuma linha corresponde</translation>
    </message>
    <message>
        <source>No messages are kept.</source>
        <translation>Nenhuma mensagem guardada.</translation>
    </message>
    <message>
        <source>No row chosen</source>
        <translation>Nenhuma linha escolhida</translation>
    </message>
    <message>
        <source>No row passes the filter</source>
        <translation>Nenhuma linha passa no filtro</translation>
    </message>
    <message>
        <source>No rule of Windows Defender Firewall lets this program in on {name} networks.</source>
        <translation>Nenhuma regra do Firewall do Windows Defender permite este programa em redes {name}.</translation>
    </message>
    <message>
        <source>No token counts now.</source>
        <translation>Nenhum token vale agora.</translation>
    </message>
    <message>
        <source>No traffic yet</source>
        <translation>Ainda não há tráfego</translation>
    </message>
    <message>
        <source>Open its page</source>
        <translation>Abrir a página dela</translation>
    </message>
    <message>
        <source>Quitting stops the server, which disconnects them.</source>
        <translation>Sair para o servidor e os desconecta.</translation>
    </message>
    <message>
        <source>Tell of newer versions</source>
        <translation>Avisar de versões novas</translation>
    </message>
    <message>
        <source>The page of this program cannot be reached.</source>
        <translation>A página deste programa não pode ser acessada.</translation>
    </message>
    <message>
        <source>The page of this program gave an answer that is not understood.</source>
        <translation>A página deste programa deu uma resposta que não se entende.</translation>
    </message>
    <message>
        <source>The page of this program told no version that can be compared.</source>
        <translation>A página deste programa não informou uma versão comparável.</translation>
    </message>
    <message>
        <source>There is no field &apos;{value}&apos; here.</source>
        <translation>Não há nenhum campo &quot;{value}&quot; aqui.</translation>
    </message>
    <message>
        <source>This is the newest version.</source>
        <translation>Esta é a versão mais nova.</translation>
    </message>
    <message>
        <source>Version {version} is there.</source>
        <translation>A versão {version} já está disponível.</translation>
    </message>
    <message>
        <source>Version {version} is there. About Authws Desktop, in the menu Help, leads to it.</source>
        <translation>A versão {version} já está disponível. “Sobre o Authws Desktop”, no menu Ajuda, leva a ela.</translation>
    </message>
    <message>
        <source>another port, such as {next_free}</source>
        <translation>outra porta, como {next_free}</translation>
    </message>
    <message>
        <source>compiled</source>
        <translation>compilado</translation>
    </message>
    <message>
        <source>is wrong at character {value}</source>
        <translation>está errado no caractere {value}</translation>
    </message>
    <message>
        <source>it ends too early (byte {data})</source>
        <translation>termina cedo demais (byte {data})</translation>
    </message>
    <message>
        <source>No, not with the same frame.</source>
        <translation>Não, não com o mesmo quadro.</translation>
    </message>
    <message>
        <source>No.</source>
        <translation>Não.</translation>
    </message>
    <message>
        <source>Nobody found</source>
        <translation>Ninguém encontrado</translation>
    </message>
    <message>
        <source>Nobody has to wait</source>
        <translation>Ninguém precisa esperar</translation>
    </message>
    <message>
        <source>Nobody is banned. Choose somebody on the Live page to ban the user or the address.</source>
        <translation>Ninguém está banido. Escolha alguém na página Ao vivo para banir o usuário ou o endereço.</translation>
    </message>
    <message>
        <source>Nobody is connected</source>
        <translation>Ninguém está conectado</translation>
    </message>
    <message>
        <source>Nobody is disconnected now; new connections and logins are refused.</source>
        <translation>Ninguém é desconectado agora; novas conexões e logins são recusados.</translation>
    </message>
    <message>
        <source>Nobody is disconnected.</source>
        <translation>Ninguém é desconectado.</translation>
    </message>
    <message>
        <source>Nobody is here yet</source>
        <translation>Ainda não há ninguém aqui</translation>
    </message>
    <message>
        <source>Nobody is known by that id or name.</source>
        <translation>Ninguém é conhecido por esse id ou nome.</translation>
    </message>
    <message>
        <source>Nobody is known by the id or name in &apos;with&apos;.</source>
        <translation>Ninguém é conhecido pelo id ou nome em &apos;with&apos;.</translation>
    </message>
    <message>
        <source>Nobody is logged in, so nothing was sent.</source>
        <translation>Ninguém entrou, então nada foi enviado.</translation>
    </message>
    <message>
        <source>Nobody waits.</source>
        <translation>Ninguém espera.</translation>
    </message>
    <message>
        <source>Nobody waits: registration does not ask for your approval now.</source>
        <translation>Ninguém espera: o registro não pede sua aprovação agora.</translation>
    </message>
    <message>
        <source>Node</source>
        <translation>Nó</translation>
    </message>
    <message>
        <source>Node {name} of {count} · {here} here · {all} in all</source>
        <translation>Nó {name} de {count} · {here} aqui · {all} no total</translation>
    </message>
    <message>
        <source>Nodes</source>
        <translation>Nós</translation>
    </message>
    <message>
        <source>None of the chosen users is connected any more, so nothing was sent.</source>
        <translation>Nenhum dos usuários escolhidos continua conectado, então nada foi enviado.</translation>
    </message>
    <message>
        <source>Not a token: ASCII text of up to {max_token_chars} characters.</source>
        <translation>Não é um token: texto ASCII de até {max_token_chars} caracteres.</translation>
    </message>
    <message>
        <source>Not acknowledged yet.</source>
        <translation>Ainda não confirmado.</translation>
    </message>
    <message>
        <source>Not issued by &apos;{issuer}&apos;.</source>
        <translation>Não foi emitido por &apos;{issuer}&apos;.</translation>
    </message>
    <message>
        <source>Not logged in</source>
        <translation>Não entrou</translation>
    </message>
    <message>
        <source>Not three parts of JSON and signature in base64url.</source>
        <translation>Não são três partes de JSON e assinatura em base64url.</translation>
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
        <translation>Nada foi registrado ainda</translation>
    </message>
    <message>
        <source>Nothing is kept yet. What passes from now on shows up here.</source>
        <translation>Nada guardado ainda. O que passar a partir de agora aparece aqui.</translation>
    </message>
    <message>
        <source>Nothing is kept, and everybody has an account.</source>
        <translation>Nada é guardado, e todos têm conta.</translation>
    </message>
    <message>
        <source>Nothing is saved any more, and the file is left as it is.</source>
        <translation>Nada mais é salvo, e o arquivo fica como está.</translation>
    </message>
    <message>
        <source>Nothing is saved any more.</source>
        <translation>Nada mais é salvo.</translation>
    </message>
    <message>
        <source>Nothing like this is in it.</source>
        <translation>Nada assim está contido.</translation>
    </message>
    <message>
        <source>Nothing was changed.</source>
        <translation>Nada foi alterado.</translation>
    </message>
    <message>
        <source>Nothing was done yet</source>
        <translation>Nada foi feito ainda</translation>
    </message>
    <message>
        <source>Of a recording, each says what its first user said, over and over.</source>
        <translation>De uma gravação, cada um diz repetidamente o que disse o primeiro usuário.</translation>
    </message>
    <message>
        <source>Of any kind, from one address of another computer; a whole class or event may share one.</source>
        <translation>De qualquer tipo, de um endereço de outro computador; uma turma ou evento pode dividir um.</translation>
    </message>
    <message>
        <source>Of anyone</source>
        <translation>De qualquer um</translation>
    </message>
    <message>
        <source>Of people with an account</source>
        <translation>De pessoas com conta</translation>
    </message>
    <message>
        <source>Of the messages kept: nothing, what was said since their account was made, also the last 50 before, or all.</source>
        <translation>Das mensagens guardadas: nada, o dito desde que a conta foi criada, também as 50 anteriores, ou tudo.</translation>
    </message>
    <message>
        <source>Of the web client, such as en, de or pt-BR. Empty: each browser&apos;s own.</source>
        <translation>Do cliente web, como en, de ou pt-BR. Vazio: o de cada navegador.</translation>
    </message>
    <message>
        <source>Of these late: {late}, the last one after {after_s}.</source>
        <translation>Destes, com atraso: {late}, o último após {after_s}.</translation>
    </message>
    <message>
        <source>Off</source>
        <translation>Desligado</translation>
    </message>
    <message>
        <source>Off: a guest cannot write to another guest alone.</source>
        <translation>Desligado: um convidado não pode escrever a sós a outro.</translation>
    </message>
    <message>
        <source>Off: plain http and ws</source>
        <translation>Desligado: http e ws simples</translation>
    </message>
    <message>
        <source>Older</source>
        <translation>Mais antigo</translation>
    </message>
    <message>
        <source>Older ones are forgotten; a message for somebody who is away waits as long.</source>
        <translation>As mais antigas são esquecidas; uma mensagem para um ausente espera o mesmo.</translation>
    </message>
    <message>
        <source>Older rows are dropped when their payloads take more than this.</source>
        <translation>Linhas antigas são descartadas quando seus conteúdos passam disto.</translation>
    </message>
    <message>
        <source>On</source>
        <translation>Ligado</translation>
    </message>
    <message>
        <source>On now</source>
        <translation>Ligado agora</translation>
    </message>
    <message>
        <source>On top: {text}</source>
        <translation>No topo: {text}</translation>
    </message>
    <message>
        <source>On: people come in by name alone, without a password. They end when the server stops.</source>
        <translation>Ligado: entra-se só com o nome, sem senha. Terminam quando o servidor para.</translation>
    </message>
    <message>
        <source>On: the web client sends pictures, shrunk to 1,280 pixels and 300 kB.</source>
        <translation>Ligado: o cliente web envia imagens, reduzidas a 1.280 pixels e 300 kB.</translation>
    </message>
    <message>
        <source>Once</source>
        <translation>Uma vez</translation>
    </message>
    <message>
        <source>One connection</source>
        <translation>Uma conexão</translation>
    </message>
    <message>
        <source>One person a line: a name, and if you like a password and a role (member or host), separated by comma, semicolon or tab. Who has no password gets a generated one. A table of users with bcrypt hashes, as CSV or JSON, moves in with the passwords they have.</source>
        <translation>Uma pessoa por linha: um nome e, se quiser, uma senha e um papel (member ou host), separados por vírgula, ponto e vírgula ou tabulação. Quem não tem senha recebe uma gerada. Uma tabela de usuários com hashes bcrypt, em CSV ou JSON, muda-se com as senhas que tem.</translation>
    </message>
    <message>
        <source>Only after a new login.</source>
        <translation>Só depois de um novo login.</translation>
    </message>
    <message>
        <source>Only frames can be sent again</source>
        <translation>Somente quadros podem ser reenviados</translation>
    </message>
    <message>
        <source>Only hosts</source>
        <translation>Só anfitriões</translation>
    </message>
    <message>
        <source>Only hosts write to everyone</source>
        <translation>Só anfitriões escrevem a todos</translation>
    </message>
    <message>
        <source>Only the beginning of this frame was kept</source>
        <translation>Somente o início deste quadro foi mantido</translation>
    </message>
    <message>
        <source>Only the host may write to everyone now.</source>
        <translation>Agora só o anfitrião pode escrever a todos.</translation>
    </message>
    <message>
        <source>Only the node that they are connected to knows their address</source>
        <translation>Só o nó ao qual estão conectados conhece o endereço deles</translation>
    </message>
    <message>
        <source>Only this computer can come in now.</source>
        <translation>Agora só este computador pode entrar.</translation>
    </message>
    <message>
        <source>Only this computer can open the address now. Others need it to find the login.</source>
        <translation>Só este computador pode abrir o endereço agora. Os outros precisam dele para achar o login.</translation>
    </message>
    <message>
        <source>Only this computer can open this address.</source>
        <translation>Só este computador pode abrir este endereço.</translation>
    </message>
    <message>
        <source>Only this computer can reach it.</source>
        <translation>Só este computador pode alcançá-lo.</translation>
    </message>
    <message>
        <source>Only you see it.</source>
        <translation>Só você vê.</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Abrir</translation>
    </message>
    <message>
        <source>Open Authws Desktop</source>
        <translation>Abrir o Authws Desktop</translation>
    </message>
    <message>
        <source>Open a file…</source>
        <translation>Abrir um arquivo…</translation>
    </message>
    <message>
        <source>Open a list of names</source>
        <translation>Abrir uma lista de nomes</translation>
    </message>
    <message>
        <source>Open account</source>
        <translation>Abrir conta</translation>
    </message>
    <message>
        <source>Open exported traffic</source>
        <translation>Abrir tráfego exportado</translation>
    </message>
    <message>
        <source>Open in browser</source>
        <translation>Abrir no navegador</translation>
    </message>
    <message>
        <source>Open this address in a browser on this computer.</source>
        <translation>Abra este endereço num navegador deste computador.</translation>
    </message>
    <message>
        <source>Open {address} in a browser here, or let other devices in.</source>
        <translation>Abra {address} num navegador aqui, ou deixe outros aparelhos entrarem.</translation>
    </message>
    <message>
        <source>Open: anyone who reaches the server</source>
        <translation>Aberto: quem alcança o servidor</translation>
    </message>
    <message>
        <source>Opening {file}</source>
        <translation>Abrindo {file}</translation>
    </message>
    <message>
        <source>Opening {where}…</source>
        <translation>Abrindo {where}…</translation>
    </message>
    <message>
        <source>Opens this window and starts the server when you log in to this computer.</source>
        <translation>Abre esta janela e inicia o servidor quando você entra neste computador.</translation>
    </message>
    <message>
        <source>Optional. They are told it when they are disconnected or refused.</source>
        <translation>Opcional. É dito a eles ao desconectar ou recusar.</translation>
    </message>
    <message>
        <source>Or allow twice as many from each address; nobody is disconnected.</source>
        <translation>Ou permita o dobro de cada endereço; ninguém é desconectado.</translation>
    </message>
    <message>
        <source>Or give everyone twice the time to log in; nobody is disconnected.</source>
        <translation>Ou dê a todos o dobro do tempo para entrar; ninguém é desconectado.</translation>
    </message>
    <message>
        <source>Or let everyone send frames twice as large; nobody is disconnected.</source>
        <translation>Ou deixe todos enviarem quadros com o dobro do tamanho; ninguém é desconectado.</translation>
    </message>
    <message>
        <source>Or let twice as much wait for who reads slowly; nobody is disconnected.</source>
        <translation>Ou deixe esperar o dobro para quem lê devagar; ninguém é desconectado.</translation>
    </message>
    <message>
        <source>Or remove the rule as administrator:</source>
        <translation>Ou remova a regra como administrador:</translation>
    </message>
    <message>
        <source>Or use that copy, or quit it first.</source>
        <translation>Ou use essa cópia, ou feche-a antes.</translation>
    </message>
    <message>
        <source>Others in this network use {port}{adapter}.</source>
        <translation>Os outros nesta rede usam {port}{adapter}.</translation>
    </message>
    <message>
        <source>Others may use {port}, but {adapter} is a virtual network or a VPN.</source>
        <translation>Os outros podem usar {port}, mas {adapter} é uma rede virtual ou VPN.</translation>
    </message>
    <message>
        <source>Others reach this server: break their connections, too</source>
        <translation>Outros alcançam este servidor: perturbar também as conexões deles</translation>
    </message>
    <message>
        <source>Out</source>
        <translation>Saída</translation>
    </message>
    <message>
        <source>Out/s</source>
        <translation>Saída/s</translation>
    </message>
    <message>
        <source>Outcome</source>
        <translation>Resultado</translation>
    </message>
    <message>
        <source>PDF files (*.pdf)</source>
        <translation>Arquivos PDF (*.pdf)</translation>
    </message>
    <message>
        <source>PEM files (*.pem *.crt *.cer *.key);;All files (*)</source>
        <translation>Arquivos PEM (*.pem *.crt *.cer *.key);;Todos os arquivos (*)</translation>
    </message>
    <message>
        <source>PEM without a password; for your own files.</source>
        <translation>PEM sem senha; para seus próprios arquivos.</translation>
    </message>
    <message>
        <source>PEM, with the chain below it; for your own files.</source>
        <translation>PEM, com a cadeia abaixo; para seus próprios arquivos.</translation>
    </message>
    <message>
        <source>Pages of {origin} may not connect.</source>
        <translation>Páginas de {origin} não podem se conectar.</translation>
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
        <translation>Partes do token</translation>
    </message>
    <message>
        <source>Password</source>
        <translation>Senha</translation>
    </message>
    <message>
        <source>Password strength: {strength}</source>
        <translation>Força da senha: {strength}</translation>
    </message>
    <message>
        <source>Paste</source>
        <translation>Colar</translation>
    </message>
    <message>
        <source>Paste a token here: three parts with dots between them.</source>
        <translation>Cole um token aqui: três partes separadas por pontos.</translation>
    </message>
    <message>
        <source>Paste a token to see what it says and whether this server accepts it.</source>
        <translation>Cole um token para ver o que diz e se este servidor o aceita.</translation>
    </message>
    <message>
        <source>Paste it into the console of a page on this server, or into a page&apos;s script.</source>
        <translation>Cole no console de uma página deste servidor, ou no script de uma página.</translation>
    </message>
    <message>
        <source>Path</source>
        <translation>Caminho</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Pausar</translation>
    </message>
    <message>
        <source>Payload as JSON</source>
        <translation>Conteúdo como JSON</translation>
    </message>
    <message>
        <source>Payload as bytes</source>
        <translation>Conteúdo como bytes</translation>
    </message>
    <message>
        <source>Payload as text</source>
        <translation>Conteúdo como texto</translation>
    </message>
    <message>
        <source>People</source>
        <translation>Pessoas</translation>
    </message>
    <message>
        <source>People who are logged in</source>
        <translation>Pessoas que entraram</translation>
    </message>
    <message>
        <source>People, invitations, or who waits</source>
        <translation>Pessoas, convites ou quem espera</translation>
    </message>
    <message>
        <source>Phones join by scanning the code. The password is not kept when the program ends.</source>
        <translation>Celulares entram lendo o código. A senha não é guardada quando o programa fecha.</translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation>Imagens</translation>
    </message>
    <message>
        <source>Pictures in the web client</source>
        <translation>Imagens no cliente web</translation>
    </message>
    <message>
        <source>Ping</source>
        <translation>Ping</translation>
    </message>
    <message>
        <source>Port</source>
        <translation>Porta</translation>
    </message>
    <message>
        <source>Port {port} is in use by {who}.</source>
        <translation>A porta {port} está em uso por {who}.</translation>
    </message>
    <message>
        <source>Presence</source>
        <translation>Presença</translation>
    </message>
    <message>
        <source>Press / and then Escape to empty the filter, or choose more kinds of rows above.</source>
        <translation>Aperte / e depois Escape para esvaziar o filtro, ou escolha mais tipos de linhas acima.</translation>
    </message>
    <message>
        <source>Press Start above to let people connect.</source>
        <translation>Aperte Iniciar acima para que possam se conectar.</translation>
    </message>
    <message>
        <source>Press Start to listen on {where}</source>
        <translation>Aperte Iniciar para escutar em {where}</translation>
    </message>
    <message>
        <source>Press Start, then check again.</source>
        <translation>Aperte Iniciar e verifique de novo.</translation>
    </message>
    <message>
        <source>Pretty</source>
        <translation>Formatado</translation>
    </message>
    <message>
        <source>Preview</source>
        <translation>Prévia</translation>
    </message>
    <message>
        <source>Preview of the sheet</source>
        <translation>Prévia da folha</translation>
    </message>
    <message>
        <source>Previous (Shift+Return)</source>
        <translation>Anterior (Shift+Return)</translation>
    </message>
    <message>
        <source>Previous sheet</source>
        <translation>Folha anterior</translation>
    </message>
    <message>
        <source>Print the PDF at its real size, then cut along the lines.</source>
        <translation>Imprima o PDF em tamanho real e corte nas linhas.</translation>
    </message>
    <message>
        <source>Production</source>
        <translation>Produção</translation>
    </message>
    <message>
        <source>Program</source>
        <translation>Programa</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>Progresso</translation>
    </message>
    <message>
        <source>Projector</source>
        <translation>Projetor</translation>
    </message>
    <message>
        <source>Put away</source>
        <translation>Guardar</translation>
    </message>
    <message>
        <source>Put away: the password is not kept anywhere</source>
        <translation>Guardar: a senha não fica em lugar nenhum</translation>
    </message>
    <message>
        <source>Put it back, or begin a new one.</source>
        <translation>Devolva-o ao lugar, ou comece um novo.</translation>
    </message>
    <message>
        <source>Put one name on each line.</source>
        <translation>Ponha um nome em cada linha.</translation>
    </message>
    <message>
        <source>Put the file back, or ban somebody, which writes it again.</source>
        <translation>Devolva o arquivo ao lugar, ou bana alguém, o que o grava de novo.</translation>
    </message>
    <message>
        <source>Put the file back, or renew the secret, which writes it again.</source>
        <translation>Devolva o arquivo ao lugar, ou renove o segredo, o que o grava de novo.</translation>
    </message>
    <message>
        <source>Put the file back, or restart the program to begin with what is there.</source>
        <translation>Devolva o arquivo ao lugar, ou reinicie o programa para começar com o que há.</translation>
    </message>
    <message>
        <source>Put the file back, or save a setting, which writes it again.</source>
        <translation>Devolva o arquivo ao lugar, ou salve uma configuração, o que o grava de novo.</translation>
    </message>
    <message>
        <source>Put the right file in its place, then restart the program.</source>
        <translation>Ponha o arquivo certo no lugar e reinicie o programa.</translation>
    </message>
    <message>
        <source>QR code of {address}</source>
        <translation>Código QR de {address}</translation>
    </message>
    <message>
        <source>QR code of {address}. Press Escape to close.</source>
        <translation>Código QR de {address}. Escape fecha.</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>Sair</translation>
    </message>
    <message>
        <source>Quit and lose the passwords?</source>
        <translation>Sair e perder as senhas?</translation>
    </message>
    <message>
        <source>Raise its limit (ulimit -n, or LimitNOFILE of a service) to {needed} and start it again.</source>
        <translation>Aumente o limite (ulimit -n, ou LimitNOFILE de um serviço) para {needed} e inicie de novo.</translation>
    </message>
    <message>
        <source>Raw</source>
        <translation>Bruto</translation>
    </message>
    <message>
        <source>Reachable from: {scope}</source>
        <translation>Alcançável de: {scope}</translation>
    </message>
    <message>
        <source>Reached from this computer. Now try it from another one.</source>
        <translation>Alcançado deste computador. Agora tente de outro.</translation>
    </message>
    <message>
        <source>Reached from {address} in {time} ms</source>
        <translation>Alcançado de {address} em {time} ms</translation>
    </message>
    <message>
        <source>Read line {done} of {all}</source>
        <translation>Linha {done} de {all} lida</translation>
    </message>
    <message>
        <source>Reads too slowly ({code}).</source>
        <translation>Lê devagar demais ({code}).</translation>
    </message>
    <message>
        <source>Real accounts with real connections, in a process of their own. Their names begin with bot-, and they are removed at the end.</source>
        <translation>Contas reais com conexões reais, em um processo próprio. Seus nomes começam com bot-, e elas são removidas no fim.</translation>
    </message>
    <message>
        <source>Reason</source>
        <translation>Motivo</translation>
    </message>
    <message>
        <source>Received</source>
        <translation>Recebido</translation>
    </message>
    <message>
        <source>Received; nothing was passed on.</source>
        <translation>Recebido; nada foi repassado.</translation>
    </message>
    <message>
        <source>Recording {file}</source>
        <translation>Gravação {file}</translation>
    </message>
    <message>
        <source>Refused</source>
        <translation>Recusado</translation>
    </message>
    <message>
        <source>Registration</source>
        <translation>Registro</translation>
    </message>
    <message>
        <source>Registration is closed: invitations do not work.</source>
        <translation>O registro está fechado: convites não funcionam.</translation>
    </message>
    <message>
        <source>Registration is open: nobody needs an invitation.</source>
        <translation>O registro está aberto: ninguém precisa de convite.</translation>
    </message>
    <message>
        <source>Registration needs an invitation code.</source>
        <translation>O registro precisa de um código de convite.</translation>
    </message>
    <message>
        <source>Registration needs your approval: invitations are not asked for.</source>
        <translation>O registro precisa da sua aprovação: convites não são pedidos.</translation>
    </message>
    <message>
        <source>Registrations</source>
        <translation>Registros</translation>
    </message>
    <message>
        <source>Registrations in 15 minutes from one address; 0 switches the limit off.</source>
        <translation>Registros em 15 minutos de um endereço; 0 desliga o limite.</translation>
    </message>
    <message>
        <source>Remember this message</source>
        <translation>Lembrar esta mensagem</translation>
    </message>
    <message>
        <source>Remove it after the event.</source>
        <translation>Remova-o depois do evento.</translation>
    </message>
    <message>
        <source>Remove it, or write {settings_version}.</source>
        <translation>Remova-a, ou escreva {settings_version}.</translation>
    </message>
    <message>
        <source>Remove it.</source>
        <translation>Remova-a.</translation>
    </message>
    <message>
        <source>Repair it, or move it away to start without bans.</source>
        <translation>Conserte-o, ou mova-o para iniciar sem banimentos.</translation>
    </message>
    <message>
        <source>Replace</source>
        <translation>Substituir</translation>
    </message>
    <message>
        <source>Replace it.</source>
        <translation>Substitua-o.</translation>
    </message>
    <message>
        <source>Replace the signing secret</source>
        <translation>Substituir o segredo de assinatura</translation>
    </message>
    <message>
        <source>Replace…</source>
        <translation>Substituir…</translation>
    </message>
    <message>
        <source>Request</source>
        <translation>Pedido</translation>
    </message>
    <message>
        <source>Require approval</source>
        <translation>Exigir aprovação</translation>
    </message>
    <message>
        <source>Require invitations</source>
        <translation>Exigir convites</translation>
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
        <translation>Redefinir senha</translation>
    </message>
    <message>
        <source>Reset password of {name}</source>
        <translation>Redefinir a senha de {name}</translation>
    </message>
    <message>
        <source>Reset passwords</source>
        <translation>Redefinir senhas</translation>
    </message>
    <message>
        <source>Reset passwords of {accounts}</source>
        <translation>Redefinir as senhas de {accounts}</translation>
    </message>
    <message>
        <source>Response</source>
        <translation>Resposta</translation>
    </message>
    <message>
        <source>Restore it from a backup, or move it away to start with no accounts.</source>
        <translation>Restaure-o de um backup, ou mova-o para iniciar sem contas.</translation>
    </message>
    <message>
        <source>Restore it from a backup, or move it away: then a new secret is made and everyone logs in again.</source>
        <translation>Restaure-o de um backup, ou mova-o: então um novo segredo é criado e todos entram de novo.</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Retomar</translation>
    </message>
    <message>
        <source>Revert</source>
        <translation>Reverter</translation>
    </message>
    <message>
        <source>Revoke</source>
        <translation>Revogar</translation>
    </message>
    <message>
        <source>Revoke all</source>
        <translation>Revogar tudo</translation>
    </message>
    <message>
        <source>Revoke all sessions of {whom}?</source>
        <translation>Revogar todas as sessões de {whom}?</translation>
    </message>
    <message>
        <source>Revoke all…</source>
        <translation>Revogar tudo…</translation>
    </message>
    <message>
        <source>Revoke invitations?</source>
        <translation>Revogar convites?</translation>
    </message>
    <message>
        <source>Revoke some that are no longer needed.</source>
        <translation>Revogue alguns que não são mais necessários.</translation>
    </message>
    <message>
        <source>Revokes {invitations}. Their links stop working at once.</source>
        <translation>Revoga {invitations}. Os links param na hora.</translation>
    </message>
    <message>
        <source>Revokes {sessions} and ends {connections}.</source>
        <translation>Revoga {sessions} e encerra {connections}.</translation>
    </message>
    <message>
        <source>Revoke…</source>
        <translation>Revogar…</translation>
    </message>
    <message>
        <source>Role</source>
        <translation>Papel</translation>
    </message>
    <message>
        <source>Roles are &apos;host&apos; and &apos;member&apos;.</source>
        <translation>Os papéis são &apos;host&apos; e &apos;member&apos;.</translation>
    </message>
    <message>
        <source>Room</source>
        <translation>Sala</translation>
    </message>
    <message>
        <source>Round trip of the last WebSocket ping</source>
        <translation>Ida e volta do último ping WebSocket</translation>
    </message>
    <message>
        <source>Rows</source>
        <translation>Linhas</translation>
    </message>
    <message>
        <source>Rows after these</source>
        <translation>Linhas depois destas</translation>
    </message>
    <message>
        <source>Rows before these</source>
        <translation>Linhas antes destas</translation>
    </message>
    <message>
        <source>Rows kept</source>
        <translation>Linhas guardadas</translation>
    </message>
    <message>
        <source>Rows of all nodes</source>
        <translation>Linhas de todos os nós</translation>
    </message>
    <message>
        <source>Rows side by side</source>
        <translation>Linhas lado a lado</translation>
    </message>
    <message>
        <source>Rules of nftables can be read by root only; to see them:</source>
        <translation>Só root pode ler as regras do nftables; para vê-las:</translation>
    </message>
    <message>
        <source>Running</source>
        <translation>Rodando</translation>
    </message>
    <message>
        <source>S&amp;ort by</source>
        <translation>&amp;Ordenar por</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>Salvar</translation>
    </message>
    <message>
        <source>Save (Ctrl+S)</source>
        <translation>Salvar (Ctrl+S)</translation>
    </message>
    <message>
        <source>Save CSV…</source>
        <translation>Salvar CSV…</translation>
    </message>
    <message>
        <source>Save and disconnect?</source>
        <translation>Salvar e desconectar?</translation>
    </message>
    <message>
        <source>Save as PDF…</source>
        <translation>Salvar como PDF…</translation>
    </message>
    <message>
        <source>Save it as &apos;CSV UTF-8&apos; and try again.</source>
        <translation>Salve como &apos;CSV UTF-8&apos; e tente de novo.</translation>
    </message>
    <message>
        <source>Save it as Client.cs and add it to an object of the scene.</source>
        <translation>Salve como Client.cs e adicione a um objeto da cena.</translation>
    </message>
    <message>
        <source>Save it as Client.java.</source>
        <translation>Salve como Client.java.</translation>
    </message>
    <message>
        <source>Save it as UTF-8.</source>
        <translation>Salve como UTF-8.</translation>
    </message>
    <message>
        <source>Save it as client.mjs.</source>
        <translation>Salve como client.mjs.</translation>
    </message>
    <message>
        <source>Save login cards</source>
        <translation>Salvar cartões de login</translation>
    </message>
    <message>
        <source>Save names and passwords</source>
        <translation>Salvar nomes e senhas</translation>
    </message>
    <message>
        <source>Save this filter</source>
        <translation>Salvar este filtro</translation>
    </message>
    <message>
        <source>Saved filters</source>
        <translation>Filtros salvos</translation>
    </message>
    <message>
        <source>Saved {file}. It holds passwords: delete it once the cards are printed.</source>
        <translation>{file} salvo. Contém senhas: exclua-o quando os cartões estiverem impressos.</translation>
    </message>
    <message>
        <source>Saved {file}. It holds passwords: delete it once they are handed on.</source>
        <translation>{file} salvo. Contém senhas: exclua-o quando forem entregues.</translation>
    </message>
    <message>
        <source>Saved.</source>
        <translation>Salvo.</translation>
    </message>
    <message>
        <source>Say this to everyone who is logged in</source>
        <translation>Dizer isto a todos os que entraram</translation>
    </message>
    <message>
        <source>Scan the code with a phone in the same network. It proves more than any setting.</source>
        <translation>Leia o código com um celular na mesma rede. Prova mais que qualquer configuração.</translation>
    </message>
    <message>
        <source>Scan the code, or open</source>
        <translation>Leia o código, ou abra</translation>
    </message>
    <message>
        <source>Scan the code, or open this address in a browser.</source>
        <translation>Leia o código, ou abra este endereço num navegador.</translation>
    </message>
    <message>
        <source>Scope set by {source}</source>
        <translation>Alcance definido por {source}</translation>
    </message>
    <message>
        <source>Search  /</source>
        <translation>Buscar  /</translation>
    </message>
    <message>
        <source>Search accounts</source>
        <translation>Buscar contas</translation>
    </message>
    <message>
        <source>Search accounts  /</source>
        <translation>Buscar contas  /</translation>
    </message>
    <message>
        <source>Search connected users</source>
        <translation>Buscar usuários conectados</translation>
    </message>
    <message>
        <source>Search settings</source>
        <translation>Buscar configurações</translation>
    </message>
    <message>
        <source>Search the acts</source>
        <translation>Buscar atos</translation>
    </message>
    <message>
        <source>Search the log</source>
        <translation>Buscar no log</translation>
    </message>
    <message>
        <source>Search users</source>
        <translation>Buscar usuários</translation>
    </message>
    <message>
        <source>Security</source>
        <translation>Segurança</translation>
    </message>
    <message>
        <source>Seed of chance</source>
        <translation>Semente do acaso</translation>
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
        <translation>Enviar como servidor… (aos escolhidos abaixo, ou a todos)</translation>
    </message>
    <message>
        <source>Send buffer</source>
        <translation>Buffer de envio</translation>
    </message>
    <message>
        <source>Send it again when the recipient is there.</source>
        <translation>Envie de novo quando o destinatário estiver presente.</translation>
    </message>
    <message>
        <source>Send it as UTF-8.</source>
        <translation>Envie como UTF-8.</translation>
    </message>
    <message>
        <source>Send message…</source>
        <translation>Enviar mensagem…</translation>
    </message>
    <message>
        <source>Send this frame again…</source>
        <translation>Enviar este quadro de novo…</translation>
    </message>
    <message>
        <source>Sent</source>
        <translation>Enviado</translation>
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
        <translation>Separados por vírgulas · padrão nenhum</translation>
    </message>
    <message>
        <source>Server is stopping ({code}).</source>
        <translation>O servidor está parando ({code}).</translation>
    </message>
    <message>
        <source>Server listens anew.</source>
        <translation>O servidor escuta de novo.</translation>
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
        <translation>Sessões</translation>
    </message>
    <message>
        <source>Sessions of the account</source>
        <translation>Sessões da conta</translation>
    </message>
    <message>
        <source>Set HOME, or name a folder: --data-dir FOLDER.</source>
        <translation>Defina HOME, ou indique uma pasta: --data-dir FOLDER.</translation>
    </message>
    <message>
        <source>Set a longer one.</source>
        <translation>Defina um mais longo.</translation>
    </message>
    <message>
        <source>Set by JWT_SECRET (environment)</source>
        <translation>Definido por JWT_SECRET (ambiente)</translation>
    </message>
    <message>
        <source>Set by {source}</source>
        <translation>Definido por {source}</translation>
    </message>
    <message>
        <source>Set it to a long random text.</source>
        <translation>Defina-o como um texto aleatório longo.</translation>
    </message>
    <message>
        <source>Sets what is kept, what newcomers see and whether guests may come in, all with one choice.</source>
        <translation>Define com uma escolha o que se guarda, o que novatos veem e se convidados entram.</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Configurações</translation>
    </message>
    <message>
        <source>Settings changed.</source>
        <translation>Configurações alteradas.</translation>
    </message>
    <message>
        <source>Settings of all nodes: revision {number}</source>
        <translation>Configurações de todos os nós: revisão {number}</translation>
    </message>
    <message>
        <source>Sheet {sheet} of {all}</source>
        <translation>Folha {sheet} de {all}</translation>
    </message>
    <message>
        <source>Sheet {sheet} of {all} is done.</source>
        <translation>A folha {sheet} de {all} está pronta.</translation>
    </message>
    <message>
        <source>Shortest password</source>
        <translation>Senha mais curta</translation>
    </message>
    <message>
        <source>Should it connect again?</source>
        <translation>Deve se reconectar?</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>Mostrar</translation>
    </message>
    <message>
        <source>Show &amp;QR code and addresses</source>
        <translation>Mostrar código &amp;QR e endereços</translation>
    </message>
    <message>
        <source>Show all</source>
        <translation>Mostrar tudo</translation>
    </message>
    <message>
        <source>Show in the traffic</source>
        <translation>Mostrar no tráfego</translation>
    </message>
    <message>
        <source>Show it on the whole screen</source>
        <translation>Mostrar em tela cheia</translation>
    </message>
    <message>
        <source>Show its code</source>
        <translation>Mostrar seu código</translation>
    </message>
    <message>
        <source>Show older</source>
        <translation>Mostrar mais antigos</translation>
    </message>
    <message>
        <source>Show only connection #{number}</source>
        <translation>Mostrar só a conexão #{number}</translation>
    </message>
    <message>
        <source>Show only lines with problems</source>
        <translation>Mostrar só linhas com problemas</translation>
    </message>
    <message>
        <source>Show only type {type}</source>
        <translation>Mostrar só o tipo {type}</translation>
    </message>
    <message>
        <source>Show only user {name}</source>
        <translation>Mostrar só o usuário {name}</translation>
    </message>
    <message>
        <source>Show or hide the connected users (Ctrl+B)</source>
        <translation>Mostrar ou ocultar os usuários conectados (Ctrl+B)</translation>
    </message>
    <message>
        <source>Show or leave out these rows; the count is of all that came since the last Clear</source>
        <translation>Mostrar ou omitir estas linhas; conta-se tudo desde a última limpeza</translation>
    </message>
    <message>
        <source>Show password</source>
        <translation>Mostrar senha</translation>
    </message>
    <message>
        <source>Show the QR code and all addresses</source>
        <translation>Mostrar o código QR e todos os endereços</translation>
    </message>
    <message>
        <source>Show the code</source>
        <translation>Mostrar o código</translation>
    </message>
    <message>
        <source>Show the code large</source>
        <translation>Mostrar o código grande</translation>
    </message>
    <message>
        <source>Show the code of the address on the whole screen</source>
        <translation>Mostrar o código do endereço em tela cheia</translation>
    </message>
    <message>
        <source>Show the secret</source>
        <translation>Mostrar o segredo</translation>
    </message>
    <message>
        <source>Show traffic</source>
        <translation>Mostrar tráfego</translation>
    </message>
    <message>
        <source>Show what the server answered as rows of their own (E); each request tells its outcome</source>
        <translation>Mostrar as respostas do servidor como linhas próprias (E); cada pedido diz seu resultado</translation>
    </message>
    <message>
        <source>Signed by none of the keys of your backend.</source>
        <translation>Não assinado por nenhuma das chaves do seu backend.</translation>
    </message>
    <message>
        <source>Signed with HS256.</source>
        <translation>Assinado com HS256.</translation>
    </message>
    <message>
        <source>Signed with a secret this server does not accept.</source>
        <translation>Assinado com um segredo que este servidor não aceita.</translation>
    </message>
    <message>
        <source>Signed with {algorithm} by a key of your backend.</source>
        <translation>Assinado com {algorithm} por uma chave do seu backend.</translation>
    </message>
    <message>
        <source>Signed with {current} ({id}).</source>
        <translation>Assinado com {current} ({id}).</translation>
    </message>
    <message>
        <source>Signing secret</source>
        <translation>Segredo de assinatura</translation>
    </message>
    <message>
        <source>Signing secret was changed ({code}).</source>
        <translation>O segredo de assinatura foi trocado ({code}).</translation>
    </message>
    <message>
        <source>Signs every login. Whoever knows it can log in as anybody.</source>
        <translation>Assina cada login. Quem o conhece pode entrar como qualquer um.</translation>
    </message>
    <message>
        <source>Since</source>
        <translation>Desde</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Tamanho</translation>
    </message>
    <message>
        <source>Snippets</source>
        <translation>Exemplos</translation>
    </message>
    <message>
        <source>Some of it is as you set it.</source>
        <translation>Parte está como você definiu.</translation>
    </message>
    <message>
        <source>Somebody connected to your server.</source>
        <translation>Alguém se conectou ao seu servidor.</translation>
    </message>
    <message>
        <source>Somebody else changed it meanwhile: the program reads it again.</source>
        <translation>Outra pessoa o alterou enquanto isso: o programa o lê de novo.</translation>
    </message>
    <message>
        <source>Somebody new</source>
        <translation>Alguém novo</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>Iniciar</translation>
    </message>
    <message>
        <source>Start the server</source>
        <translation>Iniciar o servidor</translation>
    </message>
    <message>
        <source>Start the server and copy its address</source>
        <translation>Iniciar o servidor e copiar seu endereço</translation>
    </message>
    <message>
        <source>Start the server first</source>
        <translation>Inicie o servidor primeiro</translation>
    </message>
    <message>
        <source>Start the server: logins, connections and messages show up here.</source>
        <translation>Inicie o servidor: logins, conexões e mensagens aparecem aqui.</translation>
    </message>
    <message>
        <source>Start when I log in</source>
        <translation>Iniciar quando eu entrar</translation>
    </message>
    <message>
        <source>Start with this computer</source>
        <translation>Iniciar com este computador</translation>
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
        <translation>Situação</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Parar</translation>
    </message>
    <message>
        <source>Stop and start the server to make one that does.</source>
        <translation>Pare e inicie o servidor para criar um que os contenha.</translation>
    </message>
    <message>
        <source>Stop the server</source>
        <translation>Parar o servidor</translation>
    </message>
    <message>
        <source>Stop the server?</source>
        <translation>Parar o servidor?</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>Parado</translation>
    </message>
    <message>
        <source>Stopped; the virtual users are removed.</source>
        <translation>Parado; os usuários virtuais são removidos.</translation>
    </message>
    <message>
        <source>Stopping</source>
        <translation>Parando</translation>
    </message>
    <message>
        <source>Strip of time</source>
        <translation>Faixa de tempo</translation>
    </message>
    <message>
        <source>Strong</source>
        <translation>Forte</translation>
    </message>
    <message>
        <source>Switch on</source>
        <translation>Ligar</translation>
    </message>
    <message>
        <source>TCP port for HTTP and WebSocket. 0 takes any free one.</source>
        <translation>Porta TCP para HTTP e WebSocket. 0 usa uma livre.</translation>
    </message>
    <message>
        <source>Take clients again</source>
        <translation>Aceitar clientes de novo</translation>
    </message>
    <message>
        <source>Take down</source>
        <translation>Retirar</translation>
    </message>
    <message>
        <source>Take the mark away</source>
        <translation>Tirar a marca</translation>
    </message>
    <message>
        <source>Takes effect at once · default off</source>
        <translation>Vale na hora · padrão desligado</translation>
    </message>
    <message>
        <source>Takes effect at once.</source>
        <translation>Vale na hora.</translation>
    </message>
    <message>
        <source>Takes effect at once. Nobody is disconnected.</source>
        <translation>Vale na hora. Ninguém é desconectado.</translation>
    </message>
    <message>
        <source>Tell of newcomers</source>
        <translation>Avisar de novatos</translation>
    </message>
    <message>
        <source>Tell of refused logins</source>
        <translation>Avisar de logins recusados</translation>
    </message>
    <message>
        <source>Tell of the first client</source>
        <translation>Avisar do primeiro cliente</translation>
    </message>
    <message>
        <source>Templates</source>
        <translation>Modelos</translation>
    </message>
    <message>
        <source>Terms side by side must all hold: leave out “&amp;&amp;”.</source>
        <translation>Termos lado a lado devem valer todos: omita “&amp;&amp;”.</translation>
    </message>
    <message>
        <source>Terms side by side must all hold: leave out “&amp;”.</source>
        <translation>Termos lado a lado devem valer todos: omita “&amp;”.</translation>
    </message>
    <message>
        <source>Terms side by side must all hold: leave out “and”, or quote it to search for the word.</source>
        <translation>Termos lado a lado devem valer todos: omita “and”, ou ponha entre aspas para procurar a palavra.</translation>
    </message>
    <message>
        <source>Test user {name}</source>
        <translation>Usuário de teste {name}</translation>
    </message>
    <message>
        <source>That did not work because of a mistake in this program. The log has the details.</source>
        <translation>Não funcionou por um erro deste programa. O log tem os detalhes.</translation>
    </message>
    <message>
        <source>The JSON {what}.</source>
        <translation>O JSON {what}.</translation>
    </message>
    <message>
        <source>The Live page tells more.</source>
        <translation>A página Ao vivo diz mais.</translation>
    </message>
    <message>
        <source>The account &apos;{name}&apos; was changed meanwhile (by: unknown).</source>
        <translation>A conta &apos;{name}&apos; foi alterada enquanto isso (por: desconhecido).</translation>
    </message>
    <message>
        <source>The account &apos;{name}&apos; was changed meanwhile (by: {by}).</source>
        <translation>A conta &apos;{name}&apos; foi alterada enquanto isso (por: {by}).</translation>
    </message>
    <message>
        <source>The account &apos;{username}&apos; is disabled.</source>
        <translation>A conta &apos;{username}&apos; está desativada.</translation>
    </message>
    <message>
        <source>The account &apos;{username}&apos;.</source>
        <translation>A conta &apos;{username}&apos;.</translation>
    </message>
    <message>
        <source>The account does not exist or was deleted.</source>
        <translation>A conta não existe ou foi excluída.</translation>
    </message>
    <message>
        <source>The account of this token is disabled.</source>
        <translation>A conta deste token está desativada.</translation>
    </message>
    <message>
        <source>The account of this token no longer exists.</source>
        <translation>A conta deste token não existe mais.</translation>
    </message>
    <message>
        <source>The account was deleted: make it anew, or let the client log in as somebody else.</source>
        <translation>A conta foi excluída: crie-a de novo, ou faça o cliente entrar como outra pessoa.</translation>
    </message>
    <message>
        <source>The accounts database is closed.</source>
        <translation>O banco de dados das contas está fechado.</translation>
    </message>
    <message>
        <source>The ban would be over already.</source>
        <translation>O banimento já teria terminado.</translation>
    </message>
    <message>
        <source>The bans cannot be saved to {file} ({strerror}).</source>
        <translation>Os banimentos não podem ser salvos em {file} ({strerror}).</translation>
    </message>
    <message>
        <source>The bans in {file} are gone.</source>
        <translation>Os banimentos de {file} sumiram.</translation>
    </message>
    <message>
        <source>The bans in {file} cannot be read ({strerror}).</source>
        <translation>Os banimentos de {file} não podem ser lidos ({strerror}).</translation>
    </message>
    <message>
        <source>The bans in {file} cannot be understood: the file is damaged or of a newer version of this program.</source>
        <translation>Os banimentos de {file} não podem ser entendidos: o arquivo está danificado ou é de uma versão mais nova deste programa.</translation>
    </message>
    <message>
        <source>The bar above offers what can be done, such as another port.</source>
        <translation>A barra acima oferece o que pode ser feito, como outra porta.</translation>
    </message>
    <message>
        <source>The certificate cannot be kept in {folder} ({strerror}).</source>
        <translation>O certificado não pode ser guardado em {folder} ({strerror}).</translation>
    </message>
    <message>
        <source>The certificate does not hold {names}.</source>
        <translation>O certificado não contém {names}.</translation>
    </message>
    <message>
        <source>The certificate does not hold {names}: its authority was made for other addresses.</source>
        <translation>O certificado não contém {names}: sua autoridade foi criada para outros endereços.</translation>
    </message>
    <message>
        <source>The certificate expired on {not_after}: browsers refuse it.</source>
        <translation>O certificado expirou em {not_after}: os navegadores o recusam.</translation>
    </message>
    <message>
        <source>The certificate {file} expired on {not_valid_after_utc}.</source>
        <translation>O certificado {file} expirou em {not_valid_after_utc}.</translation>
    </message>
    <message>
        <source>The certificate {file} is not valid before {begin}.</source>
        <translation>O certificado {file} não vale antes de {begin}.</translation>
    </message>
    <message>
        <source>The chosen account</source>
        <translation>A conta escolhida</translation>
    </message>
    <message>
        <source>The chosen line</source>
        <translation>A linha escolhida</translation>
    </message>
    <message>
        <source>The chosen value</source>
        <translation>O valor escolhido</translation>
    </message>
    <message>
        <source>The client can wait as long as the error says.</source>
        <translation>O cliente pode esperar o tempo que o erro diz.</translation>
    </message>
    <message>
        <source>The client has a token of another server: let it log in here.</source>
        <translation>O cliente tem um token de outro servidor: faça-o entrar aqui.</translation>
    </message>
    <message>
        <source>The client sends something else than the token that the login returned.</source>
        <translation>O cliente envia algo diferente do token que o login devolveu.</translation>
    </message>
    <message>
        <source>The clocks of the two computers differ: set them by the network.</source>
        <translation>Os relógios dos dois computadores diferem: acerte-os pela rede.</translation>
    </message>
    <message>
        <source>The closing quote is missing.</source>
        <translation>Faltam as aspas de fechamento.</translation>
    </message>
    <message>
        <source>The code has ended. Press it for a new one.</source>
        <translation>O código expirou. Aperte-o para um novo.</translation>
    </message>
    <message>
        <source>The connection ended without a goodbye.</source>
        <translation>A conexão terminou sem despedida.</translation>
    </message>
    <message>
        <source>The database address is not valid.</source>
        <translation>O endereço do banco de dados não é válido.</translation>
    </message>
    <message>
        <source>The disk is full: make room, then try again.</source>
        <translation>O disco está cheio: libere espaço e tente de novo.</translation>
    </message>
    <message>
        <source>The driver for &apos;{drivername}&apos; is not installed ({error}).</source>
        <translation>O driver de &apos;{drivername}&apos; não está instalado ({error}).</translation>
    </message>
    <message>
        <source>The expiry must be in the future.</source>
        <translation>A expiração deve estar no futuro.</translation>
    </message>
    <message>
        <source>The export was called off; no file was written.</source>
        <translation>A exportação foi cancelada; nenhum arquivo foi escrito.</translation>
    </message>
    <message>
        <source>The file {file} cannot be read ({error}).</source>
        <translation>O arquivo {file} não pode ser lido ({error}).</translation>
    </message>
    <message>
        <source>The file {file} cannot be read ({strerror}).</source>
        <translation>O arquivo {file} não pode ser lido ({strerror}).</translation>
    </message>
    <message>
        <source>The file {file} cannot be used ({error}).</source>
        <translation>O arquivo {file} não pode ser usado ({error}).</translation>
    </message>
    <message>
        <source>The file {file} cannot be used ({strerror}).</source>
        <translation>O arquivo {file} não pode ser usado ({strerror}).</translation>
    </message>
    <message>
        <source>The file {file} cannot grow: the disk is full.</source>
        <translation>O arquivo {file} não pode crescer: o disco está cheio.</translation>
    </message>
    <message>
        <source>The file {file} is damaged or is no history.</source>
        <translation>O arquivo {file} está danificado ou não é um histórico.</translation>
    </message>
    <message>
        <source>The file {file} is locked by another program.</source>
        <translation>O arquivo {file} está bloqueado por outro programa.</translation>
    </message>
    <message>
        <source>The file {file} is not a certificate in PEM format.</source>
        <translation>O arquivo {file} não é um certificado em formato PEM.</translation>
    </message>
    <message>
        <source>The file {file} is not a key in PEM format.</source>
        <translation>O arquivo {file} não é uma chave em formato PEM.</translation>
    </message>
    <message>
        <source>The file {file} is read-only.</source>
        <translation>O arquivo {file} é só leitura.</translation>
    </message>
    <message>
        <source>The file {file} was deleted or moved away.</source>
        <translation>O arquivo {file} foi excluído ou movido.</translation>
    </message>
    <message>
        <source>The file {file} was replaced by another program.</source>
        <translation>O arquivo {file} foi substituído por outro programa.</translation>
    </message>
    <message>
        <source>The file {file} was written by a newer version of this program.</source>
        <translation>O arquivo {file} foi escrito por uma versão mais nova deste programa.</translation>
    </message>
    <message>
        <source>The file {key_file} is not a key in PEM format.</source>
        <translation>O arquivo {key_file} não é uma chave em formato PEM.</translation>
    </message>
    <message>
        <source>The firewall ufw blocks port {port}: no rule allows it.</source>
        <translation>O firewall ufw bloqueia a porta {port}: nenhuma regra a permite.</translation>
    </message>
    <message>
        <source>The firewall ufw is on; only root may read its rules.</source>
        <translation>O firewall ufw está ativo; só root pode ler suas regras.</translation>
    </message>
    <message>
        <source>The firewall ufw lets everything through.</source>
        <translation>O firewall ufw deixa tudo passar.</translation>
    </message>
    <message>
        <source>The firewall ufw lets port {port} through.</source>
        <translation>O firewall ufw deixa passar a porta {port}.</translation>
    </message>
    <message>
        <source>The hash has the cost {value}; it may be from {min_foreign_cost} to {max_foreign_cost}.</source>
        <translation>O hash tem o custo {value}; pode ser de {min_foreign_cost} a {max_foreign_cost}.</translation>
    </message>
    <message>
        <source>The hash is not bcrypt&apos;s ($2a$, $2b$ or $2y$).</source>
        <translation>O hash não é do bcrypt ($2a$, $2b$ ou $2y$).</translation>
    </message>
    <message>
        <source>The header Allow of the answer has the methods.</source>
        <translation>O cabeçalho Allow da resposta tem os métodos.</translation>
    </message>
    <message>
        <source>The header has no algorithm, or the claims are no object.</source>
        <translation>O cabeçalho não tem algoritmo, ou as declarações não são um objeto.</translation>
    </message>
    <message>
        <source>The history is off. Give it a size in the settings, group Traffic: History file.</source>
        <translation>O histórico está desligado. Dê-lhe um tamanho nas configurações, grupo Tráfego: Arquivo de histórico.</translation>
    </message>
    <message>
        <source>The history stopped; the server goes on. {reason}</source>
        <translation>O histórico parou; o servidor continua. {reason}</translation>
    </message>
    <message>
        <source>The host can allow this origin.</source>
        <translation>O anfitrião pode permitir esta origem.</translation>
    </message>
    <message>
        <source>The host comes from {host}, the port from {port}.</source>
        <translation>O host vem de {host}, a porta de {port}.</translation>
    </message>
    <message>
        <source>The host has banned this account.</source>
        <translation>O anfitrião baniu esta conta.</translation>
    </message>
    <message>
        <source>The kept messages are closed.</source>
        <translation>As mensagens guardadas estão fechadas.</translation>
    </message>
    <message>
        <source>The kept messages cannot be used because of a mistake in the program.</source>
        <translation>As mensagens guardadas não podem ser usadas por causa de um erro no programa.</translation>
    </message>
    <message>
        <source>The key {key_file} does not belong to {certificate_file}.</source>
        <translation>A chave {key_file} não corresponde a {certificate_file}.</translation>
    </message>
    <message>
        <source>The key {key_file} has a password.</source>
        <translation>A chave {key_file} tem senha.</translation>
    </message>
    <message>
        <source>The keys of your backend&apos;s tokens cannot be had: {what}.</source>
        <translation>As chaves dos tokens do seu backend não podem ser obtidas: {what}.</translation>
    </message>
    <message>
        <source>The keys on the way to a value, as in the filter; a number is a place in a list.</source>
        <translation>As chaves no caminho até um valor, como no filtro; um número é uma posição em uma lista.</translation>
    </message>
    <message>
        <source>The life of a token must be from 1 to {max_token_life_s} s.</source>
        <translation>A duração de um token deve ser de 1 a {max_token_life_s} s.</translation>
    </message>
    <message>
        <source>The list begins like JSON and is none.</source>
        <translation>A lista começa como JSON e não é.</translation>
    </message>
    <message>
        <source>The list has more than {max_lines} names.</source>
        <translation>A lista tem mais de {max_lines} nomes.</translation>
    </message>
    <message>
        <source>The list has no names.</source>
        <translation>A lista não tem nomes.</translation>
    </message>
    <message>
        <source>The list is JSON, but no list of objects with a name each.</source>
        <translation>A lista é JSON, mas não uma lista de objetos com um nome cada.</translation>
    </message>
    <message>
        <source>The list is not text in UTF-8.</source>
        <translation>A lista não é texto em UTF-8.</translation>
    </message>
    <message>
        <source>The list is over 64 MiB.</source>
        <translation>A lista passa de 64 MiB.</translation>
    </message>
    <message>
        <source>The macOS firewall blocks all incoming connections.</source>
        <translation>O firewall do macOS bloqueia todas as conexões de entrada.</translation>
    </message>
    <message>
        <source>The macOS firewall blocks this program.</source>
        <translation>O firewall do macOS bloqueia este programa.</translation>
    </message>
    <message>
        <source>The macOS firewall could not be read.</source>
        <translation>O firewall do macOS não pôde ser lido.</translation>
    </message>
    <message>
        <source>The macOS firewall is off: it lets everything in.</source>
        <translation>O firewall do macOS está desligado: deixa tudo entrar.</translation>
    </message>
    <message>
        <source>The macOS firewall is on and asks for new programs: choose Allow, or {macos_clicks}.</source>
        <translation>O firewall do macOS está ligado e pergunta por programas novos: escolha Permitir, ou {macos_clicks}.</translation>
    </message>
    <message>
        <source>The macOS firewall lets this program in.</source>
        <translation>O firewall do macOS permite este programa.</translation>
    </message>
    <message>
        <source>The message could not be kept, so nobody got it.</source>
        <translation>A mensagem não pôde ser guardada, então ninguém a recebeu.</translation>
    </message>
    <message>
        <source>The messages cannot be read just now.</source>
        <translation>As mensagens não podem ser lidas neste momento.</translation>
    </message>
    <message>
        <source>The messages kept for people who were away; not the traffic and its history</source>
        <translation>As mensagens guardadas para ausentes; não o tráfego e seu histórico</translation>
    </message>
    <message>
        <source>The name stands in line {first} already.</source>
        <translation>O nome já está na linha {first}.</translation>
    </message>
    <message>
        <source>The nearest counts: of a connection, else of its user, else of everyone.</source>
        <translation>Vale o mais próximo: o da conexão, senão o do usuário, senão o de todos.</translation>
    </message>
    <message>
        <source>The new name is the one to log in with.</source>
        <translation>O novo nome é o do login.</translation>
    </message>
    <message>
        <source>The new password</source>
        <translation>A nova senha</translation>
    </message>
    <message>
        <source>The new passwords appear here.</source>
        <translation>As novas senhas aparecem aqui.</translation>
    </message>
    <message>
        <source>The new secret</source>
        <translation>O novo segredo</translation>
    </message>
    <message>
        <source>The newest are stored, so that who was away gets what it missed; 0: none.</source>
        <translation>As mais novas são guardadas, para que ausentes recebam o que perderam; 0: nenhuma.</translation>
    </message>
    <message>
        <source>The newest rows are kept, older ones are dropped.</source>
        <translation>As linhas mais novas ficam; as antigas são descartadas.</translation>
    </message>
    <message>
        <source>The newest {count} messages are kept for {days} days, who comes late sees all of them, and guests come in by name alone.</source>
        <translation>As {count} mensagens mais novas são guardadas por {days} dias, quem chega tarde vê todas, e convidados entram só com o nome.</translation>
    </message>
    <message>
        <source>The number of uses must be from 1 to {max_invite_uses}.</source>
        <translation>O número de usos deve ser de 1 a {max_invite_uses}.</translation>
    </message>
    <message>
        <source>The one that Copy, links and the QR code give out, if it is there. Empty: the likeliest.</source>
        <translation>O que Copiar, links e o código QR divulgam, se existir. Vazio: o mais provável.</translation>
    </message>
    <message>
        <source>The other node is away: the bar above says since when.</source>
        <translation>O outro nó está ausente: a barra acima diz desde quando.</translation>
    </message>
    <message>
        <source>The password</source>
        <translation>A senha</translation>
    </message>
    <message>
        <source>The password for {name} is wrong.</source>
        <translation>A senha de {name} está errada.</translation>
    </message>
    <message>
        <source>The password is one of the most common ones.</source>
        <translation>A senha é uma das mais comuns.</translation>
    </message>
    <message>
        <source>The password is the name.</source>
        <translation>A senha é o nome.</translation>
    </message>
    <message>
        <source>The password repeats a few characters.</source>
        <translation>A senha repete poucos caracteres.</translation>
    </message>
    <message>
        <source>The payload was cut at {size}; this is its beginning.</source>
        <translation>O conteúdo foi cortado em {size}; este é o começo.</translation>
    </message>
    <message>
        <source>The program breaks the rules of WebSocket: let a library speak it.</source>
        <translation>O programa quebra as regras do WebSocket: deixe uma biblioteca cuidar disso.</translation>
    </message>
    <message>
        <source>The program logs in, and sends the token in the header Authorization.</source>
        <translation>O programa entra e envia o token no cabeçalho Authorization.</translation>
    </message>
    <message>
        <source>The program says Content-Type: application/json.</source>
        <translation>O programa informa Content-Type: application/json.</translation>
    </message>
    <message>
        <source>The program sends another body: the answer names the field.</source>
        <translation>O programa envia outro corpo: a resposta indica o campo.</translation>
    </message>
    <message>
        <source>The program sends before it has the “authentication” frame: wait for it, then send.</source>
        <translation>O programa envia antes de ter o quadro “authentication”: espere por ele e depois envie.</translation>
    </message>
    <message>
        <source>The program sends text that is no UTF-8: let a library encode it.</source>
        <translation>O programa envia texto que não é UTF-8: deixe uma biblioteca codificá-lo.</translation>
    </message>
    <message>
        <source>The program tries again after Retry-After; the log says what is away.</source>
        <translation>O programa tenta de novo após Retry-After; o log diz o que está ausente.</translation>
    </message>
    <message>
        <source>The recipient has to log in and fetch what waits.</source>
        <translation>O destinatário precisa entrar e buscar o que espera.</translation>
    </message>
    <message>
        <source>The recipient is connected to another server, which cannot be reached now.</source>
        <translation>O destinatário está conectado a outro servidor, que não pode ser alcançado agora.</translation>
    </message>
    <message>
        <source>The regular expression is wrong ({reason}).</source>
        <translation>A expressão regular está errada ({reason}).</translation>
    </message>
    <message>
        <source>The regular expression is wrong: {reason}.</source>
        <translation>A expressão regular está errada: {reason}.</translation>
    </message>
    <message>
        <source>The request is deleted with its password. The name is free again.</source>
        <translation>O pedido é excluído com sua senha. O nome fica livre de novo.</translation>
    </message>
    <message>
        <source>The role &apos;{value}&apos; is unknown.</source>
        <translation>O papel &apos;{value}&apos; é desconhecido.</translation>
    </message>
    <message>
        <source>The role must be &apos;host&apos; or &apos;member&apos;.</source>
        <translation>O papel deve ser &apos;host&apos; ou &apos;member&apos;.</translation>
    </message>
    <message>
        <source>The run before</source>
        <translation>A execução anterior</translation>
    </message>
    <message>
        <source>The search looks at name, role and status.</source>
        <translation>A busca olha nome, papel e situação.</translation>
    </message>
    <message>
        <source>The secret contains half a character (a lone surrogate).</source>
        <translation>O segredo contém meio caractere (um substituto isolado).</translation>
    </message>
    <message>
        <source>The secret is a key pair.</source>
        <translation>O segredo é um par de chaves.</translation>
    </message>
    <message>
        <source>The secret is set by JWT_SECRET.</source>
        <translation>O segredo é definido por JWT_SECRET.</translation>
    </message>
    <message>
        <source>The secret must have at least {min_secret_bytes} bytes.</source>
        <translation>O segredo deve ter pelo menos {min_secret_bytes} bytes.</translation>
    </message>
    <message>
        <source>The secret must have at most {value} bytes.</source>
        <translation>O segredo deve ter no máximo {value} bytes.</translation>
    </message>
    <message>
        <source>The secret repeats a few characters.</source>
        <translation>O segredo repete poucos caracteres.</translation>
    </message>
    <message>
        <source>The secret&apos;s file {file} is damaged.</source>
        <translation>O arquivo do segredo {file} está danificado.</translation>
    </message>
    <message>
        <source>The secret&apos;s file {file} is gone.</source>
        <translation>O arquivo do segredo {file} sumiu.</translation>
    </message>
    <message>
        <source>The secret&apos;s file {file} was written by a newer version of this program.</source>
        <translation>O arquivo do segredo {file} foi escrito por uma versão mais nova deste programa.</translation>
    </message>
    <message>
        <source>The server has no room for more connections.</source>
        <translation>O servidor não tem lugar para mais conexões.</translation>
    </message>
    <message>
        <source>The server is busy with other logins.</source>
        <translation>O servidor está ocupado com outros logins.</translation>
    </message>
    <message>
        <source>The server is not running</source>
        <translation>O servidor não está rodando</translation>
    </message>
    <message>
        <source>The server is not running.</source>
        <translation>O servidor não está rodando.</translation>
    </message>
    <message>
        <source>The server is not running. Press Start.</source>
        <translation>O servidor não está rodando. Aperte Iniciar.</translation>
    </message>
    <message>
        <source>The server is stopped. Start it before you run a snippet.</source>
        <translation>O servidor está parado. Inicie-o antes de rodar um exemplo.</translation>
    </message>
    <message>
        <source>The server listens anew, which disconnects {clients}. They can connect again at once.</source>
        <translation>O servidor escuta de novo, o que desconecta {clients}. Podem se reconectar logo.</translation>
    </message>
    <message>
        <source>The session is live.</source>
        <translation>A sessão está ativa.</translation>
    </message>
    <message>
        <source>The session was ended: revoked or logged out.</source>
        <translation>A sessão terminou: revogada ou encerrada.</translation>
    </message>
    <message>
        <source>The settings cannot be saved to {file} ({strerror}).</source>
        <translation>As configurações não podem ser salvas em {file} ({strerror}).</translation>
    </message>
    <message>
        <source>The settings cannot be saved.</source>
        <translation>As configurações não podem ser salvas.</translation>
    </message>
    <message>
        <source>The settings file {file} cannot be read ({error}).</source>
        <translation>O arquivo de configurações {file} não pode ser lido ({error}).</translation>
    </message>
    <message>
        <source>The settings file {file} cannot be read ({strerror}).</source>
        <translation>O arquivo de configurações {file} não pode ser lido ({strerror}).</translation>
    </message>
    <message>
        <source>The settings file {file} has an unknown key &apos;{group}&apos;.</source>
        <translation>O arquivo de configurações {file} tem uma chave desconhecida &apos;{group}&apos;.</translation>
    </message>
    <message>
        <source>The settings file {file} has an unknown key &apos;{group}.{name}&apos;.</source>
        <translation>O arquivo de configurações {file} tem uma chave desconhecida &apos;{group}.{name}&apos;.</translation>
    </message>
    <message>
        <source>The settings file {file} is gone.</source>
        <translation>O arquivo de configurações {file} sumiu.</translation>
    </message>
    <message>
        <source>The settings file {file} is not valid TOML ({error}).</source>
        <translation>O arquivo de configurações {file} não é TOML válido ({error}).</translation>
    </message>
    <message>
        <source>The settings file {file} was changed by another program.</source>
        <translation>O arquivo de configurações {file} foi alterado por outro programa.</translation>
    </message>
    <message>
        <source>The settings file {file} was written by a newer version of this program (format {version}, known is {settings_version}).</source>
        <translation>O arquivo de configurações {file} foi escrito por uma versão mais nova deste programa (formato {version}; conhecido: {settings_version}).</translation>
    </message>
    <message>
        <source>The settings stay as they are until this program ends.</source>
        <translation>As configurações ficam como estão até este programa fechar.</translation>
    </message>
    <message>
        <source>The system lets this program open {open_files} files, which is enough for {allowed} of {wanted} connections.</source>
        <translation>O sistema deixa este programa abrir {open_files} arquivos, o que basta para {allowed} de {wanted} conexões.</translation>
    </message>
    <message>
        <source>The tabs below have what was asked and answered; docs/protocol.md lists every code.</source>
        <translation>As abas abaixo têm o que foi pedido e respondido; docs/protocol.md lista todos os códigos.</translation>
    </message>
    <message>
        <source>The test cannot be written ({why}).</source>
        <translation>O teste não pode ser escrito ({why}).</translation>
    </message>
    <message>
        <source>The time is no number.</source>
        <translation>A hora não é um número.</translation>
    </message>
    <message>
        <source>The time of expiry is missing or no number.</source>
        <translation>A hora de expiração falta ou não é um número.</translation>
    </message>
    <message>
        <source>The token has expired.</source>
        <translation>O token expirou.</translation>
    </message>
    <message>
        <source>The token is meant for another service.</source>
        <translation>O token é destinado a outro serviço.</translation>
    </message>
    <message>
        <source>The token is not a valid JSON Web Token.</source>
        <translation>O token não é um JSON Web Token válido.</translation>
    </message>
    <message>
        <source>The token is not valid yet.</source>
        <translation>O token ainda não é válido.</translation>
    </message>
    <message>
        <source>The token names no user.</source>
        <translation>O token não indica um usuário.</translation>
    </message>
    <message>
        <source>The token or password in this frame was not kept</source>
        <translation>O token ou a senha deste quadro não foi mantido</translation>
    </message>
    <message>
        <source>The token was issued by another server.</source>
        <translation>O token foi emitido por outro servidor.</translation>
    </message>
    <message>
        <source>The token was not signed by this server.</source>
        <translation>O token não foi assinado por este servidor.</translation>
    </message>
    <message>
        <source>The token was revoked.</source>
        <translation>O token foi revogado.</translation>
    </message>
    <message>
        <source>The token&apos;s id is no text.</source>
        <translation>O id do token não é texto.</translation>
    </message>
    <message>
        <source>The traffic cannot be written to {file} ({strerror}).</source>
        <translation>O tráfego não pode ser escrito em {file} ({strerror}).</translation>
    </message>
    <message>
        <source>The user id is missing or no text.</source>
        <translation>O id do usuário falta ou não é texto.</translation>
    </message>
    <message>
        <source>The username &apos;{name}&apos; is reserved for the server.</source>
        <translation>O nome &apos;{name}&apos; é reservado para o servidor.</translation>
    </message>
    <message>
        <source>The username &apos;{username}&apos; is taken.</source>
        <translation>O nome &apos;{username}&apos; já está em uso.</translation>
    </message>
    <message>
        <source>The username has a blank at its start or end, or two beside each other.</source>
        <translation>O nome tem um espaço no início ou no fim, ou dois seguidos.</translation>
    </message>
    <message>
        <source>The username has a combining mark that does not belong to a letter, or more than {max_marks_per_letter} on one letter.</source>
        <translation>O nome tem um sinal combinante que não pertence a uma letra, ou mais de {max_marks_per_letter} numa letra.</translation>
    </message>
    <message>
        <source>The username has the invisible joiner U+{value} where it joins nothing.</source>
        <translation>O nome tem o caractere de união invisível U+{value} onde não une nada.</translation>
    </message>
    <message>
        <source>The username mixes digits of different scripts.</source>
        <translation>O nome mistura dígitos de escritas diferentes.</translation>
    </message>
    <message>
        <source>The username mixes letters of {listed}, which can look alike.</source>
        <translation>O nome mistura letras de {listed}, que podem se parecer.</translation>
    </message>
    <message>
        <source>The username must consist of letters, digits, single blanks and . _ - @ + &apos; but has {character}.</source>
        <translation>O nome deve conter letras, dígitos, espaços simples e . _ - @ + &apos; mas tem {character}.</translation>
    </message>
    <message>
        <source>The username must have {username_min_letters} to {username_max_chars} characters.</source>
        <translation>O nome deve ter de {username_min_letters} a {username_max_chars} caracteres.</translation>
    </message>
    <message>
        <source>The version in the settings file {file} is no number.</source>
        <translation>A versão no arquivo de configurações {file} não é um número.</translation>
    </message>
    <message>
        <source>The window is built anew when it changes. The web client has its own, under Room.</source>
        <translation>A janela é refeita quando muda. O cliente web tem o seu, em Sala.</translation>
    </message>
    <message>
        <source>The window needs a screen.</source>
        <translation>A janela precisa de uma tela.</translation>
    </message>
    <message>
        <source>The window speaks the other language from the next start on: something is still open.</source>
        <translation>A janela falará o outro idioma a partir do próximo início: ainda há algo aberto.</translation>
    </message>
    <message>
        <source>Their process was ended from outside.</source>
        <translation>Seu processo foi encerrado de fora.</translation>
    </message>
    <message>
        <source>Then connected</source>
        <translation>Conectados na época</translation>
    </message>
    <message>
        <source>There are no two runs to compare: rows of at least two starts are needed.</source>
        <translation>Não há duas execuções para comparar: são necessárias linhas de pelo menos dois inícios.</translation>
    </message>
    <message>
        <source>There are too many connections from your address.</source>
        <translation>Há conexões demais do seu endereço.</translation>
    </message>
    <message>
        <source>There are too many guests already.</source>
        <translation>Já há convidados demais.</translation>
    </message>
    <message>
        <source>There are {max_invites} invitations already.</source>
        <translation>Já há {max_invites} convites.</translation>
    </message>
    <message>
        <source>There is no account of this name.</source>
        <translation>Não há conta com este nome.</translation>
    </message>
    <message>
        <source>There is no account “{name}”.</source>
        <translation>Não há conta “{name}”.</translation>
    </message>
    <message>
        <source>There is no field “{name}:”.</source>
        <translation>Não há campo “{name}:”.</translation>
    </message>
    <message>
        <source>There is no home folder to keep files in: HOME is not set, and the system knows none for this user.</source>
        <translation>Não há pasta pessoal para guardar arquivos: HOME não está definido, e o sistema não conhece nenhuma para este usuário.</translation>
    </message>
    <message>
        <source>There is no screen: neither DISPLAY nor WAYLAND_DISPLAY is set.</source>
        <translation>Não há tela: nem DISPLAY nem WAYLAND_DISPLAY estão definidos.</translation>
    </message>
    <message>
        <source>There is no screen: nothing answers at {where}.</source>
        <translation>Não há tela: nada responde em {where}.</translation>
    </message>
    <message>
        <source>There is no user or connection “{name}”.</source>
        <translation>Não há usuário ou conexão “{name}”.</translation>
    </message>
    <message>
        <source>There is nothing left to do here.</source>
        <translation>Não há mais nada a fazer aqui.</translation>
    </message>
    <message>
        <source>These changes disconnect {clients}. They can connect again at the new address.</source>
        <translation>Estas alterações desconectam {clients}. Podem se reconectar no novo endereço.</translation>
    </message>
    <message>
        <source>These rows made room for newer ones.</source>
        <translation>Estas linhas deram lugar a outras mais novas.</translation>
    </message>
    <message>
        <source>They can connect again after a pause. Ban or disable the account to keep them out.</source>
        <translation>Podem se reconectar após uma pausa. Para impedir, bana ou desative a conta.</translation>
    </message>
    <message>
        <source>They can connect again at once; a ban keeps people out.</source>
        <translation>Podem se conectar de novo na hora; um banimento impede a entrada.</translation>
    </message>
    <message>
        <source>They can log in again with their password.</source>
        <translation>Podem entrar de novo com sua senha.</translation>
    </message>
    <message>
        <source>They choose another name, or log in with this one.</source>
        <translation>A pessoa deve escolher outro nome, ou entrar com este.</translation>
    </message>
    <message>
        <source>They may try again now.</source>
        <translation>Já pode tentar de novo.</translation>
    </message>
    <message>
        <source>They stay in force until this program ends.</source>
        <translation>Continuam valendo até este programa fechar.</translation>
    </message>
    <message>
        <source>This account does not exist; it may have been deleted meanwhile.</source>
        <translation>Esta conta não existe; pode ter sido excluída enquanto isso.</translation>
    </message>
    <message>
        <source>This account is disabled.</source>
        <translation>Esta conta está desativada.</translation>
    </message>
    <message>
        <source>This account is gone by now.</source>
        <translation>Esta conta não existe mais.</translation>
    </message>
    <message>
        <source>This account no longer exists.</source>
        <translation>Esta conta não existe mais.</translation>
    </message>
    <message>
        <source>This account waits for the host&apos;s approval.</source>
        <translation>Esta conta espera a aprovação do anfitrião.</translation>
    </message>
    <message>
        <source>This account was deleted meanwhile.</source>
        <translation>Esta conta foi excluída nesse meio-tempo.</translation>
    </message>
    <message>
        <source>This address works on this computer only.</source>
        <translation>Este endereço só funciona neste computador.</translation>
    </message>
    <message>
        <source>This cannot be undone. Afterwards anybody may take the name.</source>
        <translation>Não pode ser desfeito. Depois qualquer um pode usar o nome.</translation>
    </message>
    <message>
        <source>This character cannot be sent as UTF-8.</source>
        <translation>Este caractere não pode ser enviado como UTF-8.</translation>
    </message>
    <message>
        <source>This client sends more than {rate} messages a second; the frame was dropped.</source>
        <translation>Este cliente envia mais de {rate} mensagens por segundo; o quadro foi descartado.</translation>
    </message>
    <message>
        <source>This computer</source>
        <translation>Este computador</translation>
    </message>
    <message>
        <source>This computer  ·  only programs on it</source>
        <translation>Este computador  ·  só programas nele</translation>
    </message>
    <message>
        <source>This computer itself cannot be banned</source>
        <translation>Este computador não pode ser banido</translation>
    </message>
    <message>
        <source>This connection is gone or not logged in, so nothing was sent.</source>
        <translation>Esta conexão acabou ou não entrou, então nada foi enviado.</translation>
    </message>
    <message>
        <source>This connection is gone, so nothing was sent in its name.</source>
        <translation>Esta conexão acabou, então nada foi enviado em seu nome.</translation>
    </message>
    <message>
        <source>This disconnects {clients} over {seconds} s; they come back to the other nodes. {node} gets no newcomers from the balancer until you let it.</source>
        <translation>Isto desconecta {clients} ao longo de {seconds} s; eles voltam aos outros nós. O balanceador não envia novatos a {node} até você permitir.</translation>
    </message>
    <message>
        <source>This disconnects {clients}. They can connect again when it runs.</source>
        <translation>Isto desconecta {clients}. Podem se reconectar quando rodar.</translation>
    </message>
    <message>
        <source>This invitation {why}.</source>
        <translation>Este convite {why}.</translation>
    </message>
    <message>
        <source>This is a mistake of the server: the log has more.</source>
        <translation>É um erro do servidor: o log diz mais.</translation>
    </message>
    <message>
        <source>This is nested too deeply to be sent.</source>
        <translation>O aninhamento é profundo demais para enviar.</translation>
    </message>
    <message>
        <source>This is {file}: {rows}, read-only.</source>
        <translation>Este é {file}: {rows}, só leitura.</translation>
    </message>
    <message>
        <source>This message was not sent.</source>
        <translation>Esta mensagem não foi enviada.</translation>
    </message>
    <message>
        <source>This row belongs to no connection</source>
        <translation>Esta linha não pertence a nenhuma conexão</translation>
    </message>
    <message>
        <source>This row is of a file</source>
        <translation>Esta linha é de um arquivo</translation>
    </message>
    <message>
        <source>This run</source>
        <translation>Esta execução</translation>
    </message>
    <message>
        <source>This server accepts it; it expires {when}.</source>
        <translation>Este servidor o aceita; expira {when}.</translation>
    </message>
    <message>
        <source>This server does not know the token.</source>
        <translation>Este servidor não conhece o token.</translation>
    </message>
    <message>
        <source>This server is alone, and needs nothing else. Several that are one: see docs/cluster.md and the cluster&apos;s address on the Settings page.</source>
        <translation>Este servidor está sozinho e não precisa de mais nada. Vários que são um só: veja docs/cluster.md e o endereço do cluster na página Configurações.</translation>
    </message>
    <message>
        <source>This server is not known as &apos;{host}&apos;.</source>
        <translation>Este servidor não é conhecido como &apos;{host}&apos;.</translation>
    </message>
    <message>
        <source>This server knows no session by this id.</source>
        <translation>Este servidor não conhece nenhuma sessão com este id.</translation>
    </message>
    <message>
        <source>This server refuses it ({reason}). {words}</source>
        <translation>Este servidor o recusa ({reason}). {words}</translation>
    </message>
    <message>
        <source>This system does not let it: {reason}.</source>
        <translation>Este sistema não permite: {reason}.</translation>
    </message>
    <message>
        <source>This system does not let you use port {port}.</source>
        <translation>Este sistema não deixa você usar a porta {port}.</translation>
    </message>
    <message>
        <source>Those known before stay in force.</source>
        <translation>Os conhecidos antes continuam valendo.</translation>
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
        <translation>Para</translation>
    </message>
    <message>
        <source>To allow it: {value}={whole} (Settings, {group}, {label}).</source>
        <translation>Para permitir: {value}={whole} (Configurações, {group}, {label}).</translation>
    </message>
    <message>
        <source>To everyone: everybody, or only you and accounts with the role host. Direct messages go on.</source>
        <translation>A todos: qualquer um, ou só você e contas com papel de anfitrião. Diretas continuam.</translation>
    </message>
    <message>
        <source>To keep the settings shown here, move the file away.</source>
        <translation>Para manter as configurações mostradas aqui, mova o arquivo.</translation>
    </message>
    <message>
        <source>To search for a path, quote it.</source>
        <translation>Para procurar um caminho, ponha-o entre aspas.</translation>
    </message>
    <message>
        <source>To search for the text, quote it.</source>
        <translation>Para procurar o texto, ponha-o entre aspas.</translation>
    </message>
    <message>
        <source>To stop it: Activity Monitor, process {pid}, Quit.</source>
        <translation>Para pará-lo: Monitor de Atividade, processo {pid}, Encerrar.</translation>
    </message>
    <message>
        <source>To stop it: Task Manager, Details, process {pid}, End task.</source>
        <translation>Para pará-lo: Gerenciador de Tarefas, Detalhes, processo {pid}, Finalizar tarefa.</translation>
    </message>
    <message>
        <source>To whom</source>
        <translation>Para quem</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>Hoje</translation>
    </message>
    <message>
        <source>Token</source>
        <translation>Token</translation>
    </message>
    <message>
        <source>Token and snippets…</source>
        <translation>Token e exemplos…</translation>
    </message>
    <message>
        <source>Token expired ({code}).</source>
        <translation>Token expirado ({code}).</translation>
    </message>
    <message>
        <source>Token for {name}</source>
        <translation>Token para {name}</translation>
    </message>
    <message>
        <source>Token inspector</source>
        <translation>Inspetor de tokens</translation>
    </message>
    <message>
        <source>Token life</source>
        <translation>Duração dos tokens</translation>
    </message>
    <message>
        <source>Tokens end at once, and logging in is refused until you enable them again.</source>
        <translation>Os tokens terminam na hora, e o login é recusado até você reativar.</translation>
    </message>
    <message>
        <source>Tokens go on working until this program ends; at the next start a new secret is made and everyone logs in again.</source>
        <translation>Os tokens continuam valendo até este programa fechar; no próximo início um novo segredo é criado e todos entram de novo.</translation>
    </message>
    <message>
        <source>Tokens of your backend</source>
        <translation>Tokens do seu backend</translation>
    </message>
    <message>
        <source>Tomorrow</source>
        <translation>Amanhã</translation>
    </message>
    <message>
        <source>Too many attempts.</source>
        <translation>Tentativas demais.</translation>
    </message>
    <message>
        <source>Too many messages are being read just now.</source>
        <translation>Mensagens demais estão sendo lidas neste momento.</translation>
    </message>
    <message>
        <source>Too many messages wait for this user already.</source>
        <translation>Já há mensagens demais esperando por este usuário.</translation>
    </message>
    <message>
        <source>Too many people wait for approval.</source>
        <translation>Pessoas demais esperam aprovação.</translation>
    </message>
    <message>
        <source>Traffic</source>
        <translation>Tráfego</translation>
    </message>
    <message>
        <source>Trusted proxies</source>
        <translation>Proxies confiáveis</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Tentar de novo</translation>
    </message>
    <message>
        <source>Try again in {retry_after_s} s.</source>
        <translation>Tente de novo em {retry_after_s} s.</translation>
    </message>
    <message>
        <source>Try again later.</source>
        <translation>Tente de novo mais tarde.</translation>
    </message>
    <message>
        <source>Try again.</source>
        <translation>Tente de novo.</translation>
    </message>
    <message>
        <source>Try it from another device</source>
        <translation>Tente de outro aparelho</translation>
    </message>
    <message>
        <source>Two runs compared</source>
        <translation>Duas execuções comparadas</translation>
    </message>
    <message>
        <source>Type</source>
        <translation>Tipo</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Desfazer</translation>
    </message>
    <message>
        <source>Until</source>
        <translation>Até</translation>
    </message>
    <message>
        <source>Until I lift it</source>
        <translation>Até eu suspender</translation>
    </message>
    <message>
        <source>Until a time…</source>
        <translation>Até um horário…</translation>
    </message>
    <message>
        <source>Up</source>
        <translation>Ativo há</translation>
    </message>
    <message>
        <source>Use a random one.</source>
        <translation>Use um aleatório.</translation>
    </message>
    <message>
        <source>Use its address, or have the host list this name.</source>
        <translation>Use o endereço dele, ou peça ao anfitrião que inclua este nome.</translation>
    </message>
    <message>
        <source>Use localhost, 0.0.0.0 or one adapter&apos;s address.</source>
        <translation>Use localhost, 0.0.0.0 ou o endereço de um adaptador.</translation>
    </message>
    <message>
        <source>Use one kind.</source>
        <translation>Use um só tipo.</translation>
    </message>
    <message>
        <source>Use one script.</source>
        <translation>Use uma só escrita.</translation>
    </message>
    <message>
        <source>Use one without it.</source>
        <translation>Use uma sem senha.</translation>
    </message>
    <message>
        <source>Use port {port}</source>
        <translation>Usar a porta {port}</translation>
    </message>
    <message>
        <source>Use the newer program, or choose another data folder.</source>
        <translation>Use o programa mais novo, ou escolha outra pasta de dados.</translation>
    </message>
    <message>
        <source>Use the newer program, or move the file away to have a new secret made.</source>
        <translation>Use o programa mais novo, ou mova o arquivo para que um novo segredo seja criado.</translation>
    </message>
    <message>
        <source>Use the newer program, or move the file away.</source>
        <translation>Use o programa mais novo, ou mova o arquivo.</translation>
    </message>
    <message>
        <source>Use this one</source>
        <translation>Usar este</translation>
    </message>
    <message>
        <source>Used</source>
        <translation>Usado</translation>
    </message>
    <message>
        <source>User</source>
        <translation>Usuário</translation>
    </message>
    <message>
        <source>User {name}</source>
        <translation>Usuário {name}</translation>
    </message>
    <message>
        <source>Username or password is wrong.</source>
        <translation>Usuário ou senha errados.</translation>
    </message>
    <message>
        <source>Users as they were</source>
        <translation>Usuários como estavam</translation>
    </message>
    <message>
        <source>Users to send to</source>
        <translation>Usuários destinatários</translation>
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
        <translation>Veredito</translation>
    </message>
    <message>
        <source>Version</source>
        <translation>Versão</translation>
    </message>
    <message>
        <source>Very weak</source>
        <translation>Muito fraca</translation>
    </message>
    <message>
        <source>Wait as long as the answer says, or let them try again now.</source>
        <translation>Espere o tempo que a resposta diz, ou deixe tentar de novo agora.</translation>
    </message>
    <message>
        <source>Wait as long as the answer says.</source>
        <translation>Espere o tempo que a resposta diz.</translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation>Esperando</translation>
    </message>
    <message>
        <source>Waiting ({people})</source>
        <translation>Esperando ({people})</translation>
    </message>
    <message>
        <source>Waiting for a device. The code holds for {time}.</source>
        <translation>Esperando um aparelho. O código vale {time}.</translation>
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
        <translation>Aguardando, pois leem devagar: {waiting}.</translation>
    </message>
    <message>
        <source>What hosts do is noted here: start and stop, settings, accounts, bans.</source>
        <translation>O que os anfitriões fazem é anotado aqui: início e parada, configurações, contas, banimentos.</translation>
    </message>
    <message>
        <source>What is done here is done to all of them.</source>
        <translation>O que se faz aqui vale para todos eles.</translation>
    </message>
    <message>
        <source>What is long goes by WebSocket.</source>
        <translation>O que é longo vai por WebSocket.</translation>
    </message>
    <message>
        <source>Whom or what</source>
        <translation>Quem ou o quê</translation>
    </message>
    <message>
        <source>Words are searched in the content.
user: type: dir: ip: conn: code: to: node: compare a field, with * for any characters
is:error   content.path:value   size&gt;1k   took&gt;100ms   time&gt;20:41   or
/regular expression/   !not this   &quot;several words&quot;
Press / to come here, Return to go back, Escape to show everything.</source>
        <translation>Palavras são buscadas no conteúdo.
user: type: dir: ip: conn: code: to: node: comparam um campo, com * para quaisquer caracteres
is:error   content.path:value   size&gt;1k   took&gt;100ms   time&gt;20:41   or
/expressão regular/   !isto não   &quot;várias palavras&quot;
/ traz aqui, Return volta, Escape mostra tudo.</translation>
    </message>
    <message>
        <source>Words of the name, address or app, #12 for a connection, or node:NAME</source>
        <translation>Palavras do nome, do endereço ou do aplicativo, #12 para uma conexão ou node:NOME</translation>
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
        <translation>&amp;Falhas…</translation>
    </message>
    <message>
        <source>99 % within</source>
        <translation>99 % em até</translation>
    </message>
    <message>
        <source>A message from “server”</source>
        <translation>Uma mensagem de “server”</translation>
    </message>
    <message>
        <source>Choose {another}, or stop that program.</source>
        <translation>Escolha {another} ou pare esse programa.</translation>
    </message>
    <message>
        <source>Choose {another}.</source>
        <translation>Escolha {another}.</translation>
    </message>
    <message>
        <source>The certificate is for {known}: browsers warn at {names}.</source>
        <translation>O certificado é para {known}: os navegadores avisam em {names}.</translation>
    </message>
    <message>
        <source>The client sends it again after “retryAfterMs”; the log says what is away.</source>
        <translation>O cliente envia de novo após “retryAfterMs”; o log diz o que está ausente.</translation>
    </message>
    <message>
        <source>The client waits as long as the error says, or you allow everyone {value} a second.</source>
        <translation>O cliente espera o tempo que o erro diz, ou você permite a todos {value} por segundo.</translation>
    </message>
    <message>
        <source>The secret&apos;s file {file} cannot be read ({why}).</source>
        <translation>O arquivo do segredo {file} não pode ser lido ({why}).</translation>
    </message>
    <message>
        <source>The secret&apos;s file {file} cannot be written ({why}).</source>
        <translation>O arquivo do segredo {file} não pode ser gravado ({why}).</translation>
    </message>
    <message>
        <source>This frame, as written</source>
        <translation>Este quadro, como foi escrito</translation>
    </message>
    <message>
        <source>Time that has passed</source>
        <translation>Tempo decorrido</translation>
    </message>
    <message>
        <source>To clients only</source>
        <translation>Só para os clientes</translation>
    </message>
    <message>
        <source>Warnings and errors</source>
        <translation>Avisos e erros</translation>
    </message>
    <message>
        <source>Weak</source>
        <translation>Fraca</translation>
    </message>
    <message>
        <source>Web pages that may connect, such as https://app.example.org or https://*.example.org; null for pages opened from disk.</source>
        <translation>Páginas web que podem se conectar, como https://app.example.org ou https://*.example.org; null para páginas abertas do disco.</translation>
    </message>
    <message>
        <source>Welcome</source>
        <translation>Boas-vindas</translation>
    </message>
    <message>
        <source>What</source>
        <translation>O quê</translation>
    </message>
    <message>
        <source>What clients make of a bad network. The server itself stays well.</source>
        <translation>O que os clientes fazem com uma rede ruim. O servidor em si continua bem.</translation>
    </message>
    <message>
        <source>What happened</source>
        <translation>O que aconteceu</translation>
    </message>
    <message>
        <source>What it says counts from the next start; until then nothing is saved.</source>
        <translation>O que ele diz vale a partir do próximo início; até lá, nada é salvo.</translation>
    </message>
    <message>
        <source>What passes is also kept in a file of at most this size, across launches; 0: off.</source>
        <translation>O que passa também é guardado num arquivo de no máximo este tamanho, entre inícios; 0: desligado.</translation>
    </message>
    <message>
        <source>What they say</source>
        <translation>O que dizem</translation>
    </message>
    <message>
        <source>What this is, above the web client, such as the class or event.</source>
        <translation>O que é isto, acima do cliente web, como a turma ou o evento.</translation>
    </message>
    <message>
        <source>What this server is for</source>
        <translation>Para que serve este servidor</translation>
    </message>
    <message>
        <source>What to send</source>
        <translation>O que enviar</translation>
    </message>
    <message>
        <source>What waits for all slow clients together, and likewise what has come of all unfinished messages; beyond it, those who hold most are closed (4008, 1009).</source>
        <translation>O que espera por todos os clientes lentos juntos, e o que chegou de mensagens inacabadas; além disso, quem mais retém é fechado (4008, 1009).</translation>
    </message>
    <message>
        <source>What was done to accounts, and by whom, is forgotten after so long.</source>
        <translation>O que foi feito às contas, e por quem, é esquecido após este tempo.</translation>
    </message>
    <message>
        <source>What was said since they joined</source>
        <translation>O dito desde que entraram</translation>
    </message>
    <message>
        <source>What you paste is neither kept nor logged, and looking is no use of the token.</source>
        <translation>O que você cola não é guardado nem registrado, e olhar não usa o token.</translation>
    </message>
    <message>
        <source>When Windows asks, choose Allow; or this line in a terminal run as administrator:</source>
        <translation>Quando o Windows perguntar, escolha Permitir; ou esta linha num terminal aberto como administrador:</translation>
    </message>
    <message>
        <source>Where</source>
        <translation>Onde</translation>
    </message>
    <message>
        <source>Which log</source>
        <translation>Qual log</translation>
    </message>
    <message>
        <source>Who</source>
        <translation>Quem</translation>
    </message>
    <message>
        <source>Who can reach the server</source>
        <translation>Quem alcança o servidor</translation>
    </message>
    <message>
        <source>Who may make an account: anyone who reaches the server, whoever has an invitation, whomever you approve, or nobody.</source>
        <translation>Quem pode criar conta: quem alcança o servidor, quem tem convite, quem você aprova, ou ninguém.</translation>
    </message>
    <message>
        <source>Who may write</source>
        <translation>Quem pode escrever</translation>
    </message>
    <message>
        <source>Who may write and come in</source>
        <translation>Quem pode escrever e entrar</translation>
    </message>
    <message>
        <source>Who waits</source>
        <translation>Quem espera</translation>
    </message>
    <message>
        <source>Whoever opens it can register.</source>
        <translation>Quem o abre pode se registrar.</translation>
    </message>
    <message>
        <source>Whole</source>
        <translation>Inteiro</translation>
    </message>
    <message>
        <source>Whole screen</source>
        <translation>Tela cheia</translation>
    </message>
    <message>
        <source>Whose</source>
        <translation>De quem</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>Por quê</translation>
    </message>
    <message>
        <source>Wi-Fi of the room</source>
        <translation>Wi-Fi da sala</translation>
    </message>
    <message>
        <source>Windows Defender Firewall blocks this program on {name} networks.</source>
        <translation>O Firewall do Windows Defender bloqueia este programa em redes {name}.</translation>
    </message>
    <message>
        <source>Windows Defender Firewall could not be read.</source>
        <translation>O Firewall do Windows Defender não pôde ser lido.</translation>
    </message>
    <message>
        <source>Windows Defender Firewall lets this program in.</source>
        <translation>O Firewall do Windows Defender permite este programa.</translation>
    </message>
    <message>
        <source>Windows Security, Firewall &amp; network protection, Allow an app through firewall: tick it.</source>
        <translation>Segurança do Windows, Firewall e proteção de rede, Permitir um aplicativo pelo firewall: marque-o.</translation>
    </message>
    <message>
        <source>With clients connected: ask, keep the server running out of sight, or stop it.</source>
        <translation>Com clientes conectados: perguntar, continuar fora de vista, ou parar.</translation>
    </message>
    <message>
        <source>With the account go {at_least}{messages} it wrote or was sent, {waiting} of them still waiting.</source>
        <translation>Com a conta vão {at_least}{messages} que escreveu ou recebeu, {waiting} ainda esperando.</translation>
    </message>
    <message>
        <source>Within</source>
        <translation>Em</translation>
    </message>
    <message>
        <source>Without one, run the server alone: authws-desktop serve (authws-desktop serve --help shows its options).</source>
        <translation>Sem tela, rode só o servidor: authws-desktop serve (authws-desktop serve --help mostra as opções).</translation>
    </message>
    <message>
        <source>Write a JSON value, such as {&quot;text&quot;: &quot;hello&quot;}.</source>
        <translation>Escreva um valor JSON, como {&quot;text&quot;: &quot;hello&quot;}.</translation>
    </message>
    <message>
        <source>Write a blank after the quoted text.</source>
        <translation>Escreva um espaço após o texto entre aspas.</translation>
    </message>
    <message>
        <source>Write a filter after “or”.</source>
        <translation>Escreva um filtro depois de “or”.</translation>
    </message>
    <message>
        <source>Write a filter before “or”, or quote it to search for the word.</source>
        <translation>Escreva um filtro antes de “or”, ou ponha entre aspas para procurar a palavra.</translation>
    </message>
    <message>
        <source>Write a number or null.</source>
        <translation>Escreva um número ou null.</translation>
    </message>
    <message>
        <source>Write a value after “{value}:”.</source>
        <translation>Escreva um valor depois de “{value}:”.</translation>
    </message>
    <message>
        <source>Write localhost, 0.0.0.0 or one adapter&apos;s address, without http:// and port; not “{value}”.</source>
        <translation>Escreva localhost, 0.0.0.0 ou o endereço de um adaptador, sem http:// e porta; não “{value}”.</translation>
    </message>
    <message>
        <source>Write one such as 192.168.1.20.</source>
        <translation>Escreva um como 192.168.1.20.</translation>
    </message>
    <message>
        <source>Write the keys on the way, such as content.text.</source>
        <translation>Escreva as chaves do caminho, por exemplo content.text.</translation>
    </message>
    <message>
        <source>Write what to leave out after “!”.</source>
        <translation>Escreva depois de “!” o que deixar de fora.</translation>
    </message>
    <message>
        <source>Write “!” before what to leave out, or quote “not” to search for the word.</source>
        <translation>Escreva “!” antes do que deixar de fora, ou ponha “not” entre aspas para procurar a palavra.</translation>
    </message>
    <message>
        <source>Write “or” between two filters.</source>
        <translation>Escreva “or” entre dois filtros.</translation>
    </message>
    <message>
        <source>Written to {connections}.</source>
        <translation>Escrito a {connections}.</translation>
    </message>
    <message>
        <source>Written to {written} of {connections} within {time}.</source>
        <translation>Escrito a {written} de {connections} em {time}.</translation>
    </message>
    <message>
        <source>Written to {written} of {receivers} within {took}.</source>
        <translation>Escrito a {written} de {receivers} em {took}.</translation>
    </message>
    <message>
        <source>Wrote {rows} to {file}, and {test}, which replays them.</source>
        <translation>{rows} escritas em {file}, e {test}, que as reproduz.</translation>
    </message>
    <message>
        <source>Yes, after a new login.</source>
        <translation>Sim, depois de um novo login.</translation>
    </message>
    <message>
        <source>Yes, after a pause.</source>
        <translation>Sim, depois de uma pausa.</translation>
    </message>
    <message>
        <source>Yes, then authenticate.</source>
        <translation>Sim; depois, autentique-se.</translation>
    </message>
    <message>
        <source>Yes, with backoff.</source>
        <translation>Sim, com intervalos crescentes.</translation>
    </message>
    <message>
        <source>Yesterday</source>
        <translation>Ontem</translation>
    </message>
    <message>
        <source>accepted</source>
        <translation>aceito</translation>
    </message>
    <message>
        <source>account</source>
        <translation>conta</translation>
    </message>
    <message>
        <source>acknowledged</source>
        <translation>confirmado</translation>
    </message>
    <message>
        <source>active</source>
        <translation>ativa</translation>
    </message>
    <message>
        <source>address</source>
        <translation>endereço</translation>
    </message>
    <message>
        <source>all nodes</source>
        <translation>todos os nós</translation>
    </message>
    <message>
        <source>always the same</source>
        <translation>sempre igual</translation>
    </message>
    <message>
        <source>an earlier secret that is still accepted</source>
        <translation>um segredo anterior ainda aceito</translation>
    </message>
    <message>
        <source>and {count} more</source>
        <translation>e mais {count}</translation>
    </message>
    <message>
        <source>another copy of this program ({owner})</source>
        <translation>outra cópia deste programa ({owner})</translation>
    </message>
    <message>
        <source>another port</source>
        <translation>outra porta</translation>
    </message>
    <message>
        <source>another program</source>
        <translation>outro programa</translation>
    </message>
    <message>
        <source>another program ({owner})</source>
        <translation>outro programa ({owner})</translation>
    </message>
    <message>
        <source>any</source>
        <translation>qualquer</translation>
    </message>
    <message>
        <source>any free port</source>
        <translation>qualquer porta livre</translation>
    </message>
    <message>
        <source>at least </source>
        <translation>pelo menos </translation>
    </message>
    <message>
        <source>away</source>
        <translation>indisponível</translation>
    </message>
    <message>
        <source>binary</source>
        <translation>binário</translation>
    </message>
    <message>
        <source>bytes</source>
        <translation>bytes</translation>
    </message>
    <message>
        <source>cannot be counted now</source>
        <translation>não pode ser contado agora</translation>
    </message>
    <message>
        <source>characters</source>
        <translation>caracteres</translation>
    </message>
    <message>
        <source>club makes http://club.local:PORT work on most devices nearby. Empty: none.</source>
        <translation>club faz http://club.local:PORT funcionar na maioria dos aparelhos próximos. Vazio: nenhum.</translation>
    </message>
    <message>
        <source>command line</source>
        <translation>linha de comando</translation>
    </message>
    <message>
        <source>connections</source>
        <translation>conexões</translation>
    </message>
    <message>
        <source>days</source>
        <translation>dias</translation>
    </message>
    <message>
        <source>default</source>
        <translation>padrão</translation>
    </message>
    <message>
        <source>differs</source>
        <translation>difere</translation>
    </message>
    <message>
        <source>disabled</source>
        <translation>desativada</translation>
    </message>
    <message>
        <source>disabled: cannot log in</source>
        <translation>desativada: não pode entrar</translation>
    </message>
    <message>
        <source>does not exist or was revoked</source>
        <translation>não existe ou foi revogado</translation>
    </message>
    <message>
        <source>done</source>
        <translation>feito</translation>
    </message>
    <message>
        <source>draining</source>
        <translation>esvaziando</translation>
    </message>
    <message>
        <source>ends too early</source>
        <translation>termina cedo demais</translation>
    </message>
    <message>
        <source>ends {connections}</source>
        <translation>encerra {connections}</translation>
    </message>
    <message>
        <source>environment</source>
        <translation>ambiente</translation>
    </message>
    <message>
        <source>expired</source>
        <translation>expirado</translation>
    </message>
    <message>
        <source>expired; choose a life for a new one</source>
        <translation>expirado; escolha uma duração para um novo</translation>
    </message>
    <message>
        <source>filtering, {percent} %</source>
        <translation>filtrando, {percent} %</translation>
    </message>
    <message>
        <source>generated</source>
        <translation>gerada</translation>
    </message>
    <message>
        <source>given</source>
        <translation>dada</translation>
    </message>
    <message>
        <source>good</source>
        <translation>bom</translation>
    </message>
    <message>
        <source>guest</source>
        <translation>convidado</translation>
    </message>
    <message>
        <source>half of a surrogate pair stands alone (byte {half})</source>
        <translation>metade de um par substituto está sozinha (byte {half})</translation>
    </message>
    <message>
        <source>has expired</source>
        <translation>expirou</translation>
    </message>
    <message>
        <source>host</source>
        <translation>anfitrião</translation>
    </message>
    <message>
        <source>https and wss</source>
        <translation>https e wss</translation>
    </message>
    <message>
        <source>in {rate}/s</source>
        <translation>entram {rate}/s</translation>
    </message>
    <message>
        <source>in {time}</source>
        <translation>em {time}</translation>
    </message>
    <message>
        <source>is used up</source>
        <translation>está esgotado</translation>
    </message>
    <message>
        <source>just now</source>
        <translation>agora mesmo</translation>
    </message>
    <message>
        <source>kept</source>
        <translation>mantida</translation>
    </message>
    <message>
        <source>left out</source>
        <translation>omitido</translation>
    </message>
    <message>
        <source>localhost: only this computer. 0.0.0.0: everyone on the network. Or one adapter&apos;s address.</source>
        <translation>localhost: só este computador. 0.0.0.0: todos na rede. Ou o endereço de um adaptador.</translation>
    </message>
    <message>
        <source>lost: closed</source>
        <translation>perdido: fechado</translation>
    </message>
    <message>
        <source>member</source>
        <translation>membro</translation>
    </message>
    <message>
        <source>messages</source>
        <translation>mensagens</translation>
    </message>
    <message>
        <source>never</source>
        <translation>nunca</translation>
    </message>
    <message>
        <source>no code</source>
        <translation>sem código</translation>
    </message>
    <message>
        <source>no connections</source>
        <translation>nenhuma conexão</translation>
    </message>
    <message>
        <source>no end</source>
        <translation>sem fim</translation>
    </message>
    <message>
        <source>no limit</source>
        <translation>sem limite</translation>
    </message>
    <message>
        <source>no name</source>
        <translation>nenhum nome</translation>
    </message>
    <message>
        <source>no sessions</source>
        <translation>nenhuma sessão</translation>
    </message>
    <message>
        <source>none</source>
        <translation>nenhum</translation>
    </message>
    <message>
        <source>none kept</source>
        <translation>nenhum guardado</translation>
    </message>
    <message>
        <source>none yet</source>
        <translation>nenhum ainda</translation>
    </message>
    <message>
        <source>not late</source>
        <translation>sem atraso</translation>
    </message>
    <message>
        <source>not now</source>
        <translation>agora não</translation>
    </message>
    <message>
        <source>nothing more</source>
        <translation>nada mais</translation>
    </message>
    <message>
        <source>now</source>
        <translation>agora</translation>
    </message>
    <message>
        <source>off; local: a certificate made here, which each device must trust once; files: your own.</source>
        <translation>off; local: um certificado feito aqui, em que cada aparelho deve confiar uma vez; files: o seu.</translation>
    </message>
    <message>
        <source>only this computer</source>
        <translation>só este computador</translation>
    </message>
    <message>
        <source>out {rate}/s</source>
        <translation>saem {rate}/s</translation>
    </message>
    <message>
        <source>password</source>
        <translation>senha</translation>
    </message>
    <message>
        <source>paused, {count} came since</source>
        <translation>pausado, {count} vieram desde então</translation>
    </message>
    <message>
        <source>per 15 min</source>
        <translation>por 15 min</translation>
    </message>
    <message>
        <source>port {port}</source>
        <translation>porta {port}</translation>
    </message>
    <message>
        <source>pure Python</source>
        <translation>Python puro</translation>
    </message>
    <message>
        <source>queued</source>
        <translation>na fila</translation>
    </message>
    <message>
        <source>refused</source>
        <translation>recusado</translation>
    </message>
    <message>
        <source>replayed</source>
        <translation>reenviado</translation>
    </message>
    <message>
        <source>rows</source>
        <translation>linhas</translation>
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
        <translation>configurações salvas</translation>
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
        <translation>em silêncio há {count} s</translation>
    </message>
    <message>
        <source>somebody else</source>
        <translation>outra pessoa</translation>
    </message>
    <message>
        <source>somebody who did not log in</source>
        <translation>alguém que não entrou</translation>
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
        <translation>o segredo atual</translation>
    </message>
    <message>
        <source>the newest</source>
        <translation>o mais novo</translation>
    </message>
    <message>
        <source>the two are {time} apart</source>
        <translation>os dois estão separados por {time}</translation>
    </message>
    <message>
        <source>there</source>
        <translation>disponível</translation>
    </message>
    <message>
        <source>there, {lag}</source>
        <translation>disponível, {lag}</translation>
    </message>
    <message>
        <source>this node</source>
        <translation>este nó</translation>
    </message>
    <message>
        <source>this one</source>
        <translation>este</translation>
    </message>
    <message>
        <source>up {time}</source>
        <translation>no ar {time}</translation>
    </message>
    <message>
        <source>usable</source>
        <translation>utilizável</translation>
    </message>
    <message>
        <source>used up</source>
        <translation>esgotado</translation>
    </message>
    <message>
        <source>user</source>
        <translation>usuário</translation>
    </message>
    <message>
        <source>virtual or VPN</source>
        <translation>virtual ou VPN</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>esperando</translation>
    </message>
    <message>
        <source>when you end it</source>
        <translation>quando você encerrar</translation>
    </message>
    <message>
        <source>written</source>
        <translation>escrito</translation>
    </message>
    <message>
        <source>you end it</source>
        <translation>você encerra</translation>
    </message>
    <message>
        <source>you lift it</source>
        <translation>você suspender</translation>
    </message>
    <message>
        <source>{accounts}, {online} online</source>
        <translation>{accounts}, {online} online</translation>
    </message>
    <message>
        <source>{activity}
Click for a larger chart</source>
        <translation>{activity}
Clique para um gráfico maior</translation>
    </message>
    <message>
        <source>{address} is this computer itself, which cannot be banned.</source>
        <translation>{address} é este próprio computador, que não pode ser banido.</translation>
    </message>
    <message>
        <source>{cards} with new passwords were not put away. They are not kept anywhere.</source>
        <translation>{cards} com novas senhas não foram guardados. Não ficam em lugar nenhum.</translation>
    </message>
    <message>
        <source>{changes} · nobody is disconnected</source>
        <translation>{changes} · ninguém é desconectado</translation>
    </message>
    <message>
        <source>{changes} · saving disconnects {clients}</source>
        <translation>{changes} · salvar desconecta {clients}</translation>
    </message>
    <message>
        <source>{chosen} of {all} selected</source>
        <translation>{chosen} de {all} selecionados</translation>
    </message>
    <message>
        <source>{count} addresses</source>
        <translation>{count} endereços</translation>
    </message>
    <message>
        <source>{count} messages from before were sent.</source>
        <translation>{count} mensagens de antes foram enviadas.</translation>
    </message>
    <message>
        <source>{count} new ↓</source>
        <translation>{count} novas ↓</translation>
    </message>
    <message>
        <source>{count} of them read slowly; it waits.</source>
        <translation>{count} leem devagar; espera-se.</translation>
    </message>
    <message>
        <source>{count} people are here</source>
        <translation>{count} pessoas estão aqui</translation>
    </message>
    <message>
        <source>{count} users</source>
        <translation>{count} usuários</translation>
    </message>
    <message>
        <source>{entry} is not allowed.</source>
        <translation>{entry} não é permitido.</translation>
    </message>
    <message>
        <source>{error} No account was made. Go back and press Preview to see what is left.</source>
        <translation>{error} Nenhuma conta foi criada. Volte e aperte Prévia para ver o que resta.</translation>
    </message>
    <message>
        <source>{file} cannot be read ({reason}). Choose another file.</source>
        <translation>{file} não pode ser lido ({reason}). Escolha outro arquivo.</translation>
    </message>
    <message>
        <source>{file} cannot be read ({strerror})</source>
        <translation>{file} não pode ser lido ({strerror})</translation>
    </message>
    <message>
        <source>{file} cannot be read ({strerror}).</source>
        <translation>{file} não pode ser lido ({strerror}).</translation>
    </message>
    <message>
        <source>{file} cannot be written ({reason}). Choose another folder.</source>
        <translation>{file} não pode ser escrito ({reason}). Escolha outra pasta.</translation>
    </message>
    <message>
        <source>{file} is not a file.</source>
        <translation>{file} não é um arquivo.</translation>
    </message>
    <message>
        <source>{first}, {second} and {count} more</source>
        <translation>{first}, {second} e mais {count}</translation>
    </message>
    <message>
        <source>{guests} will be logged out for good. Their names are free again.</source>
        <translation>{guests} serão desconectados de vez. Seus nomes ficam livres.</translation>
    </message>
    <message>
        <source>{host} is not an address of this computer now.</source>
        <translation>{host} não é um endereço deste computador agora.</translation>
    </message>
    <message>
        <source>{label} must not be empty.</source>
        <translation>{label} não pode ficar vazio.</translation>
    </message>
    <message>
        <source>{least_chars} to {password_max_chars} characters</source>
        <translation>de {least_chars} a {password_max_chars} caracteres</translation>
    </message>
    <message>
        <source>{least} to {most} letters and digits, single blanks, and . _ - @ + &apos;</source>
        <translation>{least} a {most} letras e dígitos, espaços simples, e . _ - @ + &apos;</translation>
    </message>
    <message>
        <source>{low} to {high} · default {default}</source>
        <translation>{low} a {high} · padrão {default}</translation>
    </message>
    <message>
        <source>{macos_clicks}: set it to allow incoming connections.</source>
        <translation>{macos_clicks}: permita conexões de entrada.</translation>
    </message>
    <message>
        <source>{macos_clicks}: switch that off.</source>
        <translation>{macos_clicks}: desligue isso.</translation>
    </message>
    <message>
        <source>{messages} are deleted for good, those that wait for people who are away included. Who comes back gets none of them. The traffic and its history stay as they are.</source>
        <translation>{messages} são excluídas de vez, inclusive as que esperam ausentes. Quem volta não recebe nenhuma. O tráfego e seu histórico ficam.</translation>
    </message>
    <message>
        <source>{names} and {last}</source>
        <translation>{names} e {last}</translation>
    </message>
    <message>
        <source>{names} may try again now.</source>
        <translation>{names} já pode tentar de novo.</translation>
    </message>
    <message>
        <source>{name} (has left)</source>
        <translation>{name} (saiu)</translation>
    </message>
    <message>
        <source>{name} acknowledged it {after} later.</source>
        <translation>{name} confirmou {after} depois.</translation>
    </message>
    <message>
        <source>{name} did not fetch it in time; it is gone.</source>
        <translation>{name} não buscou a tempo; perdeu-se.</translation>
    </message>
    <message>
        <source>{name} has a new password.</source>
        <translation>{name} tem uma nova senha.</translation>
    </message>
    <message>
        <source>{name} is away: it waits for the next login, until {until}.</source>
        <translation>{name} está ausente: espera o próximo login, até {until}.</translation>
    </message>
    <message>
        <source>{name} is damaged at line {number}.</source>
        <translation>{name} está danificado na linha {number}.</translation>
    </message>
    <message>
        <source>{name} is not connected, and was not since the traffic is kept.</source>
        <translation>{name} não está conectado, nem esteve desde que o tráfego é guardado.</translation>
    </message>
    <message>
        <source>{name} is not connected: left {when} with {value}.</source>
        <translation>{name} não está conectado: saiu {when} com {value}.</translation>
    </message>
    <message>
        <source>{name} was away, and got it {after} later.</source>
        <translation>{name} estava ausente e recebeu {after} depois.</translation>
    </message>
    <message>
        <source>{name} was changed meanwhile ({who}{when}); now: {role}, {state}.</source>
        <translation>{name} foi alterado nesse meio-tempo ({who}{when}); agora: {role}, {state}.</translation>
    </message>
    <message>
        <source>{name} was written by a newer version of this program.</source>
        <translation>{name} foi escrito por uma versão mais nova deste programa.</translation>
    </message>
    <message>
        <source>{now} now, {most} at most</source>
        <translation>{now} agora, {most} no máximo</translation>
    </message>
    <message>
        <source>{problem} (character {place})</source>
        <translation>{problem} (caractere {place})</translation>
    </message>
    <message>
        <source>{rows} ({missing} passed too fast)</source>
        <translation>{rows} ({missing} passaram rápido demais)</translation>
    </message>
    <message>
        <source>{rows} came and went while paused: the memory for traffic was full.</source>
        <translation>{rows} vieram e foram na pausa: a memória do tráfego estava cheia.</translation>
    </message>
    <message>
        <source>{same}, and there is no difference.</source>
        <translation>{same}, e não há diferença.</translation>
    </message>
    <message>
        <source>{same}. Then a connection of {name} differs:</source>
        <translation>{same}. Depois uma conexão de {name} difere:</translation>
    </message>
    <message>
        <source>{sentence} It is not used.</source>
        <translation>{sentence} Ela não é usada.</translation>
    </message>
    <message>
        <source>{sentence} To search for the text, quote it.</source>
        <translation>{sentence} Para procurar o texto, ponha-o entre aspas.</translation>
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
        <translation>há {time}</translation>
    </message>
    <message>
        <source>{value} is no traffic exported by this program as JSON Lines.</source>
        <translation>{value} não é tráfego exportado por este programa como JSON Lines.</translation>
    </message>
    <message>
        <source>{value} {key} wait {wait_s} s after {failures} failures (Retry-After: {wait_s}).</source>
        <translation>{value} {key} esperam {wait_s} s após {failures} falhas (Retry-After: {wait_s}).</translation>
    </message>
    <message>
        <source>{variable} ({source}) is no setting.</source>
        <translation>{variable} ({source}) não é uma configuração.</translation>
    </message>
    <message>
        <source>{variable} ({source}) is not used: {reason}.</source>
        <translation>{variable} ({source}) não é usado: {reason}.</translation>
    </message>
    <message>
        <source>{what} belongs to another program.</source>
        <translation>{what} pertence a outro programa.</translation>
    </message>
    <message>
        <source>{what} cannot be opened ({detail}).</source>
        <translation>{what} não pode ser aberto ({detail}).</translation>
    </message>
    <message>
        <source>{what} cannot be used ({detail}).</source>
        <translation>{what} não pode ser usado ({detail}).</translation>
    </message>
    <message>
        <source>{what} cannot grow: the disk is full.</source>
        <translation>{what} não pode crescer: o disco está cheio.</translation>
    </message>
    <message>
        <source>{what} contains half a character (a lone surrogate).</source>
        <translation>{what} contém meio caractere (um substituto isolado).</translation>
    </message>
    <message>
        <source>{what} is UTF-16, not UTF-8.</source>
        <translation>{what} é UTF-16, não UTF-8.</translation>
    </message>
    <message>
        <source>{what} is damaged or is not a database.</source>
        <translation>{what} está danificado ou não é um banco de dados.</translation>
    </message>
    <message>
        <source>{what} is locked by another program.</source>
        <translation>{what} está bloqueado por outro programa.</translation>
    </message>
    <message>
        <source>{what} is nested too deeply.</source>
        <translation>{what} tem aninhamento profundo demais.</translation>
    </message>
    <message>
        <source>{what} is not UTF-8: byte {value} is 0x{byte}.</source>
        <translation>{what} não é UTF-8: o byte {value} é 0x{byte}.</translation>
    </message>
    <message>
        <source>{what} is not valid JSON: {detail}.</source>
        <translation>{what} não é JSON válido: {detail}.</translation>
    </message>
    <message>
        <source>{what} is read-only.</source>
        <translation>{what} é só leitura.</translation>
    </message>
    <message>
        <source>{what} must be a JSON object, not {value}.</source>
        <translation>{what} deve ser um objeto JSON, não {value}.</translation>
    </message>
    <message>
        <source>{what} must have {limits}.</source>
        <translation>{what} deve ter {limits}.</translation>
    </message>
    <message>
        <source>{what} was deleted or moved away while this program uses it.</source>
        <translation>{what} foi excluído ou movido enquanto este programa o usava.</translation>
    </message>
    <message>
        <source>{what} was replaced or overwritten by another program while this one uses it.</source>
        <translation>{what} foi substituído ou sobrescrito por outro programa enquanto este o usava.</translation>
    </message>
    <message>
        <source>{what} was written by a newer version of this program.</source>
        <translation>{what} foi escrito por uma versão mais nova deste programa.</translation>
    </message>
    <message>
        <source>{where} cannot be asked ({name})</source>
        <translation>{where} não pode ser consultado ({name})</translation>
    </message>
    <message>
        <source>{where} must be a whole number{example}, not &apos;{text}&apos;.</source>
        <translation>{where} deve ser um número inteiro{example}, não &apos;{text}&apos;.</translation>
    </message>
    <message>
        <source>{where} must be one of {allowed}, not &apos;{value}&apos;.</source>
        <translation>{where} deve ser um de {allowed}, não &apos;{value}&apos;.</translation>
    </message>
    <message>
        <source>{where} must be {limits}, not {value}.</source>
        <translation>{where} deve ser {limits}, não {value}.</translation>
    </message>
    <message>
        <source>{where} takes letters, digits and hyphens, such as club.</source>
        <translation>{where} aceita letras, dígitos e hifens, como club.</translation>
    </message>
    <message>
        <source>{why} Nothing of it is used.</source>
        <translation>{why} Nada disso é usado.</translation>
    </message>
    <message>
        <source>“{name}:” knows no “{wrong}”.</source>
        <translation>“{name}:” não conhece “{wrong}”.</translation>
    </message>
    <message>
        <source>“{name}” is compared: write {name}&gt; or {name}&lt;.</source>
        <translation>“{name}” é comparado: escreva {name}&gt; ou {name}&lt;.</translation>
    </message>
    <message>
        <source>“{setting}” is set from outside: {source}. Change it there.</source>
        <translation>“{setting}” é definido de fora: {source}. Altere lá.</translation>
    </message>
    <message>
        <source>“{value}” cannot be compared; size, took and time can.</source>
        <translation>“{value}” não pode ser comparado; size, took e time podem.</translation>
    </message>
    <message>
        <source>… {count} more bytes</source>
        <translation>… mais {count} bytes</translation>
    </message>
    <message>
        <source>○ Not connected yet: run a snippet and watch it arrive.</source>
        <translation>○ Ainda não conectado: rode um exemplo e veja-o chegar.</translation>
    </message>
    <message>
        <source>● Connected from {address}</source>
        <translation>● Conectado de {address}</translation>
    </message>
</context>
</TS>
