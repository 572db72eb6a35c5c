<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="tr" sourcelanguage="en">
<context>
    <name>Authws</name>
    <message>
        <source> One more fault below.</source>
        <translation> Aşağıda bir arıza daha.</translation>
    </message>
    <message>
        <source> Save to have it so.</source>
        <translation> Böyle olması için kaydedin.</translation>
    </message>
    <message>
        <source> {count} more faults below.</source>
        <translation> Aşağıda {count} arıza daha.</translation>
    </message>
    <message numerus="yes">
        <source>%n accounts</source>
        <translation>
            <numerusform>%n hesap</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n accounts will be made.</source>
        <translation>
            <numerusform>%n hesap oluşturulacak.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n acts</source>
        <translation>
            <numerusform>%n işlem</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n bytes</source>
        <translation>
            <numerusform>%n bayt</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n cards</source>
        <translation>
            <numerusform>%n kart</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n changes</source>
        <translation>
            <numerusform>%n değişiklik</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n clients</source>
        <translation>
            <numerusform>%n istemci</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n clients are connected.</source>
        <translation>
            <numerusform>%n istemci bağlı.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n connections</source>
        <translation>
            <numerusform>%n bağlantı</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n connections still use the old secret.</source>
        <translation>
            <numerusform>%n bağlantı hâlâ eski anahtarı kullanıyor.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n errors</source>
        <translation>
            <numerusform>%n hata</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n fields</source>
        <translation>
            <numerusform>%n alan</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n guests</source>
        <translation>
            <numerusform>%n konuk</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n invitations</source>
        <translation>
            <numerusform>%n davet</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n items</source>
        <translation>
            <numerusform>%n öğe</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n joined</source>
        <translation>
            <numerusform>%n katıldı</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n kept messages</source>
        <translation>
            <numerusform>%n saklanan ileti</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n lines</source>
        <translation>
            <numerusform>%n satır</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n lines have a problem and are left out.</source>
        <translation>
            <numerusform>%n satırda sorun var ve atlanacak.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n logins were refused.</source>
        <translation>
            <numerusform>%n giriş reddedildi.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n messages</source>
        <translation>
            <numerusform>%n ileti</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n people wait for your approval.</source>
        <translation>
            <numerusform>%n kişi onayınızı bekliyor.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n read slowly: it waits for them.</source>
        <translation>
            <numerusform>%n tanesi yavaş okuyor: sunucu onları bekliyor.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n rows</source>
        <translation>
            <numerusform>%n satır</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n rows are the same</source>
        <translation>
            <numerusform>%n satır aynı</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n sessions</source>
        <translation>
            <numerusform>%n oturum</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n users</source>
        <translation>
            <numerusform>%n kullanıcı</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n values are wrong</source>
        <translation>
            <numerusform>%n değer yanlış</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n were lost as their connections closed.</source>
        <translation>
            <numerusform>%n tanesi bağlantıları kapanınca kayboldu.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n were sent late.</source>
        <translation>
            <numerusform>%n tanesi geç gönderildi.</numerusform>
        </translation>
    </message>
    <message>
        <source>&amp;About Authws Desktop</source>
        <translation>Authws Desktop &amp;hakkında</translation>
    </message>
    <message>
        <source>&amp;Accounts</source>
        <translation>&amp;Hesaplar</translation>
    </message>
    <message>
        <source>&amp;Answers as rows	E</source>
        <translation>&amp;Yanıtlar satır olarak	E</translation>
    </message>
    <message>
        <source>&amp;Bans…</source>
        <translation>&amp;Yasaklar…</translation>
    </message>
    <message>
        <source>&amp;Clear	Ctrl+L</source>
        <translation>&amp;Temizle	Ctrl+L</translation>
    </message>
    <message>
        <source>&amp;Cluster…</source>
        <translation>&amp;Küme…</translation>
    </message>
    <message>
        <source>&amp;Copy WebSocket address</source>
        <translation>WebSocket adresini &amp;kopyala</translation>
    </message>
    <message>
        <source>&amp;Documentation</source>
        <translation>&amp;Belgeler</translation>
    </message>
    <message>
        <source>&amp;Export and open</source>
        <translation>&amp;Dışa aktar ve aç</translation>
    </message>
    <message>
        <source>&amp;Follow	F</source>
        <translation>&amp;İzle	F</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>&amp;Yardım</translation>
    </message>
    <message>
        <source>&amp;Open in browser</source>
        <translation>Tarayıcıda &amp;aç</translation>
    </message>
    <message>
        <source>&amp;Pause	Space</source>
        <translation>&amp;Duraklat	Space</translation>
    </message>
    <message>
        <source>&amp;Projector</source>
        <translation>&amp;Projektör</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>&amp;Çık</translation>
    </message>
    <message>
        <source>&amp;Room</source>
        <translation>&amp;Oda</translation>
    </message>
    <message>
        <source>&amp;Send as server…</source>
        <translation>&amp;Sunucu olarak gönder…</translation>
    </message>
    <message>
        <source>&amp;Server</source>
        <translation>&amp;Sunucu</translation>
    </message>
    <message>
        <source>&amp;Start</source>
        <translation>&amp;Başlat</translation>
    </message>
    <message>
        <source>&amp;Stop</source>
        <translation>&amp;Durdur</translation>
    </message>
    <message>
        <source>&amp;Time order	Esc</source>
        <translation>&amp;Zaman sırası	Esc</translation>
    </message>
    <message>
        <source>&amp;Traffic</source>
        <translation>&amp;Trafik</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>&amp;Görünüm</translation>
    </message>
    <message>
        <source>&apos;{address}&apos; is not an IP address.</source>
        <translation>&apos;{address}&apos; bir IP adresi değil.</translation>
    </message>
    <message>
        <source>&apos;{host}&apos; is not an address of this computer.</source>
        <translation>&apos;{host}&apos; bu bilgisayarın bir adresi değil.</translation>
    </message>
    <message>
        <source>&apos;{username}&apos; is a guest here, who has no account.</source>
        <translation>&apos;{username}&apos; burada konuktur, hesabı yoktur.</translation>
    </message>
    <message>
        <source>&apos;{username}&apos; is a guest, who has neither a password nor another role.</source>
        <translation>&apos;{username}&apos; bir konuktur; ne parolası ne de başka rolü vardır.</translation>
    </message>
    <message>
        <source>, {count} waiting</source>
        <translation>, {count} bekliyor</translation>
    </message>
    <message>
        <source>/s</source>
        <translation>/sn</translation>
    </message>
    <message>
        <source>1 person is here</source>
        <translation>1 kişi burada</translation>
    </message>
    <message>
        <source>1. Join the Wi-Fi</source>
        <translation>1. Wi-Fi ağına katılın</translation>
    </message>
    <message>
        <source>2 min ago</source>
        <translation>2 dk önce</translation>
    </message>
    <message>
        <source>2. Come in: scan, or type</source>
        <translation>2. Girin: tarayın ya da yazın</translation>
    </message>
    <message>
        <source>32 characters or more</source>
        <translation>32 karakter veya daha fazla</translation>
    </message>
    <message>
        <source>A Wi-Fi&apos;s name has at most 32 bytes.</source>
        <translation>Bir Wi-Fi adı en çok 32 bayttır.</translation>
    </message>
    <message>
        <source>A Wi-Fi&apos;s password has 8 to 63 characters.</source>
        <translation>Bir Wi-Fi parolası 8 ile 63 karakter arasındadır.</translation>
    </message>
    <message>
        <source>A client that reads so slowly that more than this waits for it is closed (4008).</source>
        <translation>Bundan fazlası bekleyecek kadar yavaş okuyan istemci kapatılır (4008).</translation>
    </message>
    <message>
        <source>A connection that does not answer a ping in time is ended.</source>
        <translation>Bir ping&apos;e zamanında yanıt vermeyen bağlantı sonlandırılır.</translation>
    </message>
    <message>
        <source>A connection that has not authenticated by then is closed (4001).</source>
        <translation>O zamana dek kimliğini doğrulamayan bağlantı kapatılır (4001).</translation>
    </message>
    <message>
        <source>A direct names its recipient in “to”: a user or a connection.</source>
        <translation>Doğrudan ileti, alıcısını “to” içinde belirtir: bir kullanıcı ya da bağlantı.</translation>
    </message>
    <message>
        <source>A file in {folder} is not a certificate or key.</source>
        <translation>{folder} içindeki bir dosya sertifika ya da anahtar değil.</translation>
    </message>
    <message>
        <source>A frame is a JSON object with a “type”: authenticate, message or direct.</source>
        <translation>Çerçeve, “type” içeren bir JSON nesnesidir: authenticate, message ya da direct.</translation>
    </message>
    <message>
        <source>A host may also manage this server over HTTP.</source>
        <translation>Bir ev sahibi bu sunucuyu HTTP üzerinden de yönetebilir.</translation>
    </message>
    <message>
        <source>A key is missing beside a dot.</source>
        <translation>Bir noktanın yanında anahtar eksik.</translation>
    </message>
    <message>
        <source>A language is written as a short code, such as en, de or pt-BR.</source>
        <translation>Bir dil en, de veya pt-BR gibi kısa bir kodla yazılır.</translation>
    </message>
    <message>
        <source>A larger one ends the connection (1009). Many clients take no more than 1 MiB.</source>
        <translation>Daha büyüğü bağlantıyı sonlandırır (1009). Birçok istemci 1 MiB&apos;den fazlasını kabul etmez.</translation>
    </message>
    <message>
        <source>A message from the tray when a login was refused.</source>
        <translation>Bir giriş reddedildiğinde tepsiden bildirim.</translation>
    </message>
    <message>
        <source>A message from the tray when somebody connects first.</source>
        <translation>İlk kişi bağlandığında tepsiden bildirim.</translation>
    </message>
    <message>
        <source>A message from the tray when somebody waits for approval.</source>
        <translation>Biri onay beklediğinde tepsiden bildirim.</translation>
    </message>
    <message>
        <source>A message to {to} was not fetched in time, and is gone.</source>
        <translation>{to} için bir ileti zamanında alınmadı ve kayboldu.</translation>
    </message>
    <message>
        <source>A newer version</source>
        <translation>Daha yeni bir sürüm</translation>
    </message>
    <message>
        <source>A number or nothing.</source>
        <translation>Bir sayı ya da hiçbir şey.</translation>
    </message>
    <message>
        <source>A real-time WebSocket server with real logins. MIT licence.</source>
        <translation>Gerçek girişleri olan gerçek zamanlı WebSocket sunucusu. MIT lisansı.</translation>
    </message>
    <message>
        <source>A recording…</source>
        <translation>Bir kayıt…</translation>
    </message>
    <message>
        <source>A regular expression stands between two slashes, /like this/.</source>
        <translation>Düzenli ifade iki eğik çizgi arasına yazılır: /böyle/.</translation>
    </message>
    <message>
        <source>A request has exactly one &apos;Host&apos; header.</source>
        <translation>Bir istekte tam olarak bir &apos;Host&apos; başlığı bulunur.</translation>
    </message>
    <message>
        <source>A rule of the firewall ufw blocks port {port}.</source>
        <translation>ufw güvenlik duvarının bir kuralı {port} numaralı bağlantı noktasını engelliyor.</translation>
    </message>
    <message>
        <source>A sentence that everybody reads before they come in.</source>
        <translation>Herkesin girmeden önce okuduğu bir cümle.</translation>
    </message>
    <message>
        <source>A size is a number of bytes, such as size&gt;200 or size&lt;10k.</source>
        <translation>Boyut bayt sayısıdır; örneğin size&gt;200 ya da size&lt;10k.</translation>
    </message>
    <message>
        <source>A time is a number of ms or s, such as took&gt;100ms or took&gt;1.5s.</source>
        <translation>Süre ms ya da s cinsinden sayıdır; örneğin took&gt;100ms ya da took&gt;1.5s.</translation>
    </message>
    <message>
        <source>A time of day is written as 20:41 or 20:41:05.</source>
        <translation>Günün saati 20:41 ya da 20:41:05 biçiminde yazılır.</translation>
    </message>
    <message>
        <source>A visitor, who has no account here.</source>
        <translation>Burada hesabı olmayan bir ziyaretçi.</translation>
    </message>
    <message>
        <source>About Authws Desktop</source>
        <translation>Authws Desktop hakkında</translation>
    </message>
    <message>
        <source>Accept</source>
        <translation>Kabul et</translation>
    </message>
    <message>
        <source>Accept them, and they can log in.</source>
        <translation>Kabul edin; böylece giriş yapabilir.</translation>
    </message>
    <message>
        <source>Accepted {names}. They can log in now.</source>
        <translation>{names} kabul edildi. Artık giriş yapabilir.</translation>
    </message>
    <message>
        <source>Account</source>
        <translation>Hesap</translation>
    </message>
    <message>
        <source>Account or token ended ({code}).</source>
        <translation>Hesap ya da belirteç sona erdi ({code}).</translation>
    </message>
    <message>
        <source>Accounts</source>
        <translation>Hesaplar</translation>
    </message>
    <message>
        <source>Accounts that were made with them stay.</source>
        <translation>Onlarla açılan hesaplar kalır.</translation>
    </message>
    <message>
        <source>Activity</source>
        <translation>Etkinlik</translation>
    </message>
    <message>
        <source>Activity of the last 2 minutes</source>
        <translation>Son 2 dakikanın etkinliği</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>Ekle</translation>
    </message>
    <message>
        <source>Add &amp;virtual users…</source>
        <translation>&amp;Sanal kullanıcı ekle…</translation>
    </message>
    <message>
        <source>Add a column</source>
        <translation>Sütun ekle</translation>
    </message>
    <message>
        <source>Add column…</source>
        <translation>Sütun ekle…</translation>
    </message>
    <message>
        <source>Add virtual users</source>
        <translation>Sanal kullanıcı ekle</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>Adres</translation>
    </message>
    <message>
        <source>Address in the snippets</source>
        <translation>Örneklerdeki adres</translation>
    </message>
    <message>
        <source>Address on the cards</source>
        <translation>Kartlardaki adres</translation>
    </message>
    <message>
        <source>Address to give out</source>
        <translation>Verilecek adres</translation>
    </message>
    <message>
        <source>Address to show</source>
        <translation>Gösterilen adres</translation>
    </message>
    <message>
        <source>Addresses or networks of your own reverse proxies, such as 10.0.0.0/8: what they say of a client&apos;s address (X-Forwarded-For) is believed.</source>
        <translation>Kendi ters vekillerinizin adresleri ya da ağları, örneğin 10.0.0.0/8: istemci adresi hakkında söylediklerine (X-Forwarded-For) inanılır.</translation>
    </message>
    <message>
        <source>Administrative acts</source>
        <translation>Yönetim işlemleri</translation>
    </message>
    <message>
        <source>After too many wrong passwords, people are listed here.</source>
        <translation>Çok fazla yanlış paroladan sonra kişiler burada listelenir.</translation>
    </message>
    <message>
        <source>All buffers</source>
        <translation>Tüm arabellekler</translation>
    </message>
    <message>
        <source>All nodes, half a second late</source>
        <translation>Tüm düğümler, yarım saniye gecikmeyle</translation>
    </message>
    <message>
        <source>All that is kept</source>
        <translation>Saklananların tümü</translation>
    </message>
    <message>
        <source>Allow writing to the file and its folder, or choose another data folder; of PostgreSQL, name the server that is no standby.</source>
        <translation>Dosyaya ve klasörüne yazma izni verin ya da başka bir veri klasörü seçin; PostgreSQL için yedek olmayan sunucuyu belirtin.</translation>
    </message>
    <message>
        <source>Allow writing to the file and its folder.</source>
        <translation>Dosyaya ve klasörüne yazma izni verin.</translation>
    </message>
    <message>
        <source>Allow {entry} from now on; nobody is disconnected.</source>
        <translation>Bundan sonra {entry} için izin verin; kimsenin bağlantısı kesilmez.</translation>
    </message>
    <message>
        <source>Allowed host names</source>
        <translation>İzinli ana makine adları</translation>
    </message>
    <message>
        <source>Allowed origins</source>
        <translation>İzinli kaynaklar</translation>
    </message>
    <message>
        <source>Also the last 50 messages before</source>
        <translation>Önceki 50 ileti de</translation>
    </message>
    <message>
        <source>Also what few people change</source>
        <translation>Az kişinin değiştirdikleri de</translation>
    </message>
    <message>
        <source>An announcement has at most {max_characters} characters; this one has {said}.</source>
        <translation>Bir duyuru en çok {max_characters} karakterdir; bunda {said} var.</translation>
    </message>
    <message>
        <source>An announcement needs a text.</source>
        <translation>Bir duyuru metin gerektirir.</translation>
    </message>
    <message>
        <source>Announce</source>
        <translation>Duyur</translation>
    </message>
    <message>
        <source>Announcement to everyone</source>
        <translation>Herkese duyuru</translation>
    </message>
    <message>
        <source>Announce…</source>
        <translation>Duyur…</translation>
    </message>
    <message>
        <source>Announce… (nobody is logged in)</source>
        <translation>Duyur… (kimse giriş yapmadı)</translation>
    </message>
    <message>
        <source>Another algorithm than HS256 is named.</source>
        <translation>HS256 dışında bir algoritma belirtilmiş.</translation>
    </message>
    <message>
        <source>Answer within</source>
        <translation>Yanıt süresi</translation>
    </message>
    <message>
        <source>Answers</source>
        <translation>Yanıtlar</translation>
    </message>
    <message>
        <source>App</source>
        <translation>Uygulama</translation>
    </message>
    <message>
        <source>Approval: you accept each newcomer</source>
        <translation>Onay: her yeni geleni siz kabul edersiniz</translation>
    </message>
    <message>
        <source>As</source>
        <translation>Kimlik</translation>
    </message>
    <message>
        <source>As CSV…</source>
        <translation>CSV olarak…</translation>
    </message>
    <message>
        <source>As JSON Lines…</source>
        <translation>JSON Lines olarak…</translation>
    </message>
    <message>
        <source>As it was at {time}: {there}</source>
        <translation>{time} anındaki hâli: {there}</translation>
    </message>
    <message>
        <source>As set below</source>
        <translation>Aşağıdaki gibi</translation>
    </message>
    <message>
        <source>As the environment says</source>
        <translation>Ortama göre</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>Sistem gibi</translation>
    </message>
    <message>
        <source>Ask the host for a new one.</source>
        <translation>Ev sahibinden yenisini isteyin.</translation>
    </message>
    <message>
        <source>Ask the host for one.</source>
        <translation>Ev sahibinden bir tane isteyin.</translation>
    </message>
    <message>
        <source>Ask the host to enable it.</source>
        <translation>Ev sahibinden etkinleştirmesini isteyin.</translation>
    </message>
    <message>
        <source>Ask the host to end those who are gone.</source>
        <translation>Ev sahibinden, gidenleri çıkarmasını isteyin.</translation>
    </message>
    <message>
        <source>Ask the host to look at them, then try again.</source>
        <translation>Ev sahibinden onlara bakmasını isteyin, sonra yeniden deneyin.</translation>
    </message>
    <message>
        <source>Ask the recipient before it is sent a second time.</source>
        <translation>İkinci kez göndermeden önce alıcıya sorun.</translation>
    </message>
    <message>
        <source>Ask what to do</source>
        <translation>Ne yapılacağını sor</translation>
    </message>
    <message>
        <source>Asked</source>
        <translation>İstendi</translation>
    </message>
    <message>
        <source>Asking…</source>
        <translation>Soruluyor…</translation>
    </message>
    <message>
        <source>Asks the page of this program, and sends nothing else.</source>
        <translation>Bu programın sayfasına sorar ve başka hiçbir şey göndermez.</translation>
    </message>
    <message>
        <source>At least 8 characters of any kind.</source>
        <translation>Herhangi türden en az 8 karakter.</translation>
    </message>
    <message>
        <source>At the start and once a day, the page of this program is asked. Off: nobody is asked.</source>
        <translation>Başlangıçta ve günde bir kez bu programın sayfasına sorulur. Kapalı: kimseye sorulmaz.</translation>
    </message>
    <message>
        <source>Audit</source>
        <translation>Denetim</translation>
    </message>
    <message>
        <source>Authws Desktop</source>
        <translation>Authws Desktop</translation>
    </message>
    <message>
        <source>Authws Desktop cannot start</source>
        <translation>Authws Desktop başlatılamıyor</translation>
    </message>
    <message>
        <source>Authws Desktop is already open ({who}), but it does not answer. Wait a moment, or end that process, and start it again.</source>
        <translation>Authws Desktop zaten açık ({who}) ama yanıt vermiyor. Biraz bekleyin ya da o işlemi sonlandırıp yeniden başlatın.</translation>
    </message>
    <message>
        <source>B hides everything    W Wi-Fi…    F11 whole screen    Esc closes</source>
        <translation>B her şeyi gizler    W Wi-Fi…    F11 tam ekran    Esc kapatır</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>Geri</translation>
    </message>
    <message>
        <source>Back to live</source>
        <translation>Canlıya dön</translation>
    </message>
    <message>
        <source>Back to now</source>
        <translation>Şimdiye dön</translation>
    </message>
    <message>
        <source>Back to the live traffic</source>
        <translation>Canlı trafiğe dön</translation>
    </message>
    <message>
        <source>Ban</source>
        <translation>Yasakla</translation>
    </message>
    <message>
        <source>Ban address…</source>
        <translation>Adresi yasakla…</translation>
    </message>
    <message>
        <source>Ban the address instead.</source>
        <translation>Bunun yerine adresi yasaklayın.</translation>
    </message>
    <message>
        <source>Ban user…</source>
        <translation>Kullanıcıyı yasakla…</translation>
    </message>
    <message>
        <source>Ban {whom}?</source>
        <translation>{whom} yasaklansın mı?</translation>
    </message>
    <message>
        <source>Bandwidth</source>
        <translation>Bant genişliği</translation>
    </message>
    <message>
        <source>Banned by the host ({code}).</source>
        <translation>Ev sahibi yasakladı ({code}).</translation>
    </message>
    <message>
        <source>Banned until</source>
        <translation>Yasak bitişi</translation>
    </message>
    <message>
        <source>Bans</source>
        <translation>Yasaklar</translation>
    </message>
    <message>
        <source>Bans…</source>
        <translation>Yasaklar…</translation>
    </message>
    <message>
        <source>Beyond every calendar.</source>
        <translation>Her takvimin ötesinde.</translation>
    </message>
    <message>
        <source>Both ways</source>
        <translation>Her iki yön</translation>
    </message>
    <message>
        <source>By time again, with what came meanwhile (Esc)</source>
        <translation>Yeniden zamana göre, bu arada gelenlerle birlikte (Esc)</translation>
    </message>
    <message>
        <source>Bytes</source>
        <translation>Bayt</translation>
    </message>
    <message>
        <source>CSV (*.csv)</source>
        <translation>CSV (*.csv)</translation>
    </message>
    <message>
        <source>CSV files (*.csv)</source>
        <translation>CSV dosyaları (*.csv)</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>İptal</translation>
    </message>
    <message>
        <source>Cancelled.</source>
        <translation>İptal edildi.</translation>
    </message>
    <message>
        <source>Cancelled; no account was made.</source>
        <translation>İptal edildi; hesap açılmadı.</translation>
    </message>
    <message>
        <source>Cannot listen on {host} port {port}: {value}.</source>
        <translation>{host} adresinde {port} numaralı bağlantı noktası dinlenemiyor: {value}.</translation>
    </message>
    <message>
        <source>Certificate file</source>
        <translation>Sertifika dosyası</translation>
    </message>
    <message>
        <source>Certificate until {date}, SHA-256 {code}</source>
        <translation>Sertifika {date} tarihine dek, SHA-256 {code}</translation>
    </message>
    <message>
        <source>Certificate until {date}. SHA-256 of its authority: {code}</source>
        <translation>Sertifika {date} tarihine dek. Yetkilisinin SHA-256&apos;sı: {code}</translation>
    </message>
    <message>
        <source>Change</source>
        <translation>Değiştir</translation>
    </message>
    <message>
        <source>Change it there, or unset it to use a file.</source>
        <translation>Orada değiştirin ya da bir dosya kullanmak için kaldırın.</translation>
    </message>
    <message>
        <source>Changed “{setting}” under Settings; it holds from now on.</source>
        <translation>Ayarlarda “{setting}” değiştirildi; şu andan itibaren geçerli.</translation>
    </message>
    <message>
        <source>Chatter: each talks to everyone</source>
        <translation>Sohbet: herkes herkesle konuşur</translation>
    </message>
    <message>
        <source>Check again</source>
        <translation>Yeniden denetle</translation>
    </message>
    <message>
        <source>Check its brackets and quotes.</source>
        <translation>Ayraçlarını ve tırnaklarını denetleyin.</translation>
    </message>
    <message>
        <source>Check that it can be reached and written, or choose another one.</source>
        <translation>Ulaşılıp yazılabildiğini denetleyin ya da başkasını seçin.</translation>
    </message>
    <message>
        <source>Check the &amp;network…</source>
        <translation>&amp;Ağı denetle…</translation>
    </message>
    <message>
        <source>Check the clocks of both computers.</source>
        <translation>İki bilgisayarın da saatini denetleyin.</translation>
    </message>
    <message>
        <source>Check the network</source>
        <translation>Ağı denetle</translation>
    </message>
    <message>
        <source>Checking…</source>
        <translation>Denetleniyor…</translation>
    </message>
    <message>
        <source>Choose My network in the server bar to let others in.</source>
        <translation>Başkalarını içeri almak için sunucu çubuğunda Ağım&apos;ı seçin.</translation>
    </message>
    <message>
        <source>Choose a line to lift it.</source>
        <translation>Kaldırmak için bir satır seçin.</translation>
    </message>
    <message>
        <source>Choose a lower level or change the search.</source>
        <translation>Daha düşük bir düzey seçin ya da aramayı değiştirin.</translation>
    </message>
    <message>
        <source>Choose a row above to see what is in it.</source>
        <translation>İçindekini görmek için yukarıdan bir satır seçin.</translation>
    </message>
    <message>
        <source>Choose a time to come.</source>
        <translation>Gelecekteki bir zamanı seçin.</translation>
    </message>
    <message>
        <source>Choose another file or database.</source>
        <translation>Başka bir dosya ya da veritabanı seçin.</translation>
    </message>
    <message>
        <source>Choose another one to listen on.</source>
        <translation>Dinlemek için başka bir adres seçin.</translation>
    </message>
    <message>
        <source>Choose another one.</source>
        <translation>Başka birini seçin.</translation>
    </message>
    <message>
        <source>Choose one above 1023.</source>
        <translation>1023&apos;ten büyük birini seçin.</translation>
    </message>
    <message>
        <source>Choose one or many; Ctrl+A chooses all.</source>
        <translation>Bir veya birçok seçin; Ctrl+A hepsini seçer.</translation>
    </message>
    <message>
        <source>Choose one to end it.</source>
        <translation>Bitirmek için birini seçin.</translation>
    </message>
    <message>
        <source>Choose one to see all about it, or many to act on them.</source>
        <translation>Her şeyini görmek için birini, işlem yapmak için birkaçını seçin.</translation>
    </message>
    <message>
        <source>Choose the {name}</source>
        <translation>{name} seç</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>Seç…</translation>
    </message>
    <message>
        <source>Chosen users</source>
        <translation>Seçilen kullanıcılar</translation>
    </message>
    <message>
        <source>Claim</source>
        <translation>Bildirim</translation>
    </message>
    <message>
        <source>Claims</source>
        <translation>Bildirimler</translation>
    </message>
    <message>
        <source>Claims of the token</source>
        <translation>Belirtecin bildirimleri</translation>
    </message>
    <message>
        <source>Clear</source>
        <translation>Temizle</translation>
    </message>
    <message>
        <source>Clear messages…</source>
        <translation>İletileri sil…</translation>
    </message>
    <message>
        <source>Clear search</source>
        <translation>Aramayı temizle</translation>
    </message>
    <message>
        <source>Clear the messages kept?</source>
        <translation>Saklanan iletiler silinsin mi?</translation>
    </message>
    <message>
        <source>Clear {messages}</source>
        <translation>{messages} sil</translation>
    </message>
    <message>
        <source>Cleared</source>
        <translation>Temizlendi</translation>
    </message>
    <message>
        <source>Cleared {messages}.</source>
        <translation>{messages} silindi.</translation>
    </message>
    <message>
        <source>Cleared {rows}.</source>
        <translation>{rows} temizlendi.</translation>
    </message>
    <message>
        <source>Client</source>
        <translation>İstemci</translation>
    </message>
    <message>
        <source>Clients</source>
        <translation>İstemciler</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>Kapat</translation>
    </message>
    <message>
        <source>Close (Esc)</source>
        <translation>Kapat (Esc)</translation>
    </message>
    <message>
        <source>Close Authws Desktop?</source>
        <translation>Authws Desktop kapatılsın mı?</translation>
    </message>
    <message>
        <source>Close now with</source>
        <translation>Şimdi şununla kapat</translation>
    </message>
    <message>
        <source>Close that program, then try again.</source>
        <translation>O programı kapatın, sonra yeniden deneyin.</translation>
    </message>
    <message>
        <source>Close that program.</source>
        <translation>O programı kapatın.</translation>
    </message>
    <message>
        <source>Close the detail</source>
        <translation>Ayrıntıyı kapat</translation>
    </message>
    <message>
        <source>Close this note</source>
        <translation>Bu notu kapat</translation>
    </message>
    <message>
        <source>Closed: only you make accounts</source>
        <translation>Kapalı: yalnızca siz hesap açarsınız</translation>
    </message>
    <message>
        <source>Closing the window</source>
        <translation>Pencere kapatılırken</translation>
    </message>
    <message>
        <source>Cluster</source>
        <translation>Küme</translation>
    </message>
    <message>
        <source>Code</source>
        <translation>Kod</translation>
    </message>
    <message>
        <source>Code that joins the Wi-Fi {name}</source>
        <translation>{name} Wi-Fi ağına katılma kodu</translation>
    </message>
    <message>
        <source>Colours</source>
        <translation>Renkler</translation>
    </message>
    <message>
        <source>Come in: scan, or type</source>
        <translation>Girin: tarayın ya da yazın</translation>
    </message>
    <message>
        <source>Comment</source>
        <translation>Yorum</translation>
    </message>
    <message>
        <source>Comment this row</source>
        <translation>Bu satıra yorum yaz</translation>
    </message>
    <message>
        <source>Comment…</source>
        <translation>Yorum yaz…</translation>
    </message>
    <message>
        <source>Compare the last two runs</source>
        <translation>Son iki çalıştırmayı karşılaştır</translation>
    </message>
    <message>
        <source>Compare with a file…</source>
        <translation>Bir dosyayla karşılaştır…</translation>
    </message>
    <message>
        <source>Compare with exported traffic</source>
        <translation>Dışa aktarılan trafikle karşılaştır</translation>
    </message>
    <message>
        <source>Connect</source>
        <translation>Bağlan</translation>
    </message>
    <message>
        <source>Connect your program</source>
        <translation>Programınızı bağlayın</translation>
    </message>
    <message>
        <source>Connected</source>
        <translation>Bağlı</translation>
    </message>
    <message>
        <source>Connected elsewhere</source>
        <translation>Başka yerde bağlı</translation>
    </message>
    <message>
        <source>Connected users</source>
        <translation>Bağlı kullanıcılar</translation>
    </message>
    <message>
        <source>Connection</source>
        <translation>Bağlantı</translation>
    </message>
    <message>
        <source>Connection #{number} {name}</source>
        <translation>Bağlantı #{number} {name}</translation>
    </message>
    <message>
        <source>Connections</source>
        <translation>Bağlantılar</translation>
    </message>
    <message>
        <source>Connections accepted at the same time.</source>
        <translation>Aynı anda kabul edilen bağlantılar.</translation>
    </message>
    <message>
        <source>Connections are broken on purpose.</source>
        <translation>Bağlantılar bilerek bozuluyor.</translation>
    </message>
    <message>
        <source>Connections from one address</source>
        <translation>Bir adresten bağlantılar</translation>
    </message>
    <message>
        <source>Connections: {now} now, {most} at most in the last 2 minutes.</source>
        <translation>Bağlantılar: şimdi {now}, son 2 dakikada en çok {most}.</translation>
    </message>
    <message>
        <source>Content</source>
        <translation>İçerik</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>Kopyalandı</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>Kopyala</translation>
    </message>
    <message>
        <source>Copy &amp;web address</source>
        <translation>&amp;Web adresini kopyala</translation>
    </message>
    <message>
        <source>Copy as JSON</source>
        <translation>JSON olarak kopyala</translation>
    </message>
    <message>
        <source>Copy both</source>
        <translation>İkisini de kopyala</translation>
    </message>
    <message>
        <source>Copy list</source>
        <translation>Listeyi kopyala</translation>
    </message>
    <message>
        <source>Copy name</source>
        <translation>Adı kopyala</translation>
    </message>
    <message>
        <source>Copy name and password</source>
        <translation>Ad ve parolayı kopyala</translation>
    </message>
    <message>
        <source>Copy names</source>
        <translation>Adları kopyala</translation>
    </message>
    <message>
        <source>Copy password</source>
        <translation>Parolayı kopyala</translation>
    </message>
    <message>
        <source>Copy payload</source>
        <translation>Yükü kopyala</translation>
    </message>
    <message>
        <source>Copy the WebSocket address</source>
        <translation>WebSocket adresini kopyala</translation>
    </message>
    <message>
        <source>Copy the address to try</source>
        <translation>Denenecek adresi kopyala</translation>
    </message>
    <message>
        <source>Copy the chosen lines, or all that are shown</source>
        <translation>Seçilen satırları ya da gösterilenlerin tümünü kopyala</translation>
    </message>
    <message>
        <source>Copy the payload as it was sent, without tokens and passwords</source>
        <translation>Yükü gönderildiği gibi kopyala, belirteç ve parolalar olmadan</translation>
    </message>
    <message>
        <source>Copy the secret</source>
        <translation>Anahtarı kopyala</translation>
    </message>
    <message>
        <source>Copy the snippet for {language}</source>
        <translation>{language} örneğini kopyala</translation>
    </message>
    <message>
        <source>Copy the versions</source>
        <translation>Sürümleri kopyala</translation>
    </message>
    <message>
        <source>Copy the web address</source>
        <translation>Web adresini kopyala</translation>
    </message>
    <message>
        <source>Copy this message</source>
        <translation>Bu iletiyi kopyala</translation>
    </message>
    <message>
        <source>Copy web address</source>
        <translation>Web adresini kopyala</translation>
    </message>
    <message>
        <source>Copy {what}</source>
        <translation>{what} kopyala</translation>
    </message>
    <message>
        <source>Correct it, or move it away to start with defaults.</source>
        <translation>Düzeltin ya da varsayılanlarla başlamak için taşıyın.</translation>
    </message>
    <message>
        <source>Correct the rights of the file and its folder, or choose another data folder.</source>
        <translation>Dosyanın ve klasörünün izinlerini düzeltin ya da başka bir veri klasörü seçin.</translation>
    </message>
    <message>
        <source>Correct the rights of the file and its folder.</source>
        <translation>Dosyanın ve klasörünün izinlerini düzeltin.</translation>
    </message>
    <message>
        <source>Could not listen on {where}</source>
        <translation>{where} dinlenemedi</translation>
    </message>
    <message>
        <source>Counts by now.</source>
        <translation>Artık geçerli.</translation>
    </message>
    <message>
        <source>Counts only {ahead} from now.</source>
        <translation>Ancak {ahead} sonra geçerli olur.</translation>
    </message>
    <message>
        <source>Counts since {time}</source>
        <translation>{time} tarihinden beri geçerli</translation>
    </message>
    <message>
        <source>Counts {time}</source>
        <translation>Geçerlilik {time}</translation>
    </message>
    <message>
        <source>Create invitation</source>
        <translation>Davet oluştur</translation>
    </message>
    <message>
        <source>Create one here and hand on its name and password, or make a test user with a token and ready snippets. People may also register by themselves while registration is open.</source>
        <translation>Burada bir hesap açıp adını ve parolasını verin ya da belirteci ve örnekleri hazır bir deneme kullanıcısı yapın. Kayıt açıkken kişiler kendileri de kaydolabilir.</translation>
    </message>
    <message>
        <source>Create user</source>
        <translation>Kullanıcı oluştur</translation>
    </message>
    <message>
        <source>Create {accounts}</source>
        <translation>{accounts} oluştur</translation>
    </message>
    <message>
        <source>Created</source>
        <translation>Oluşturuldu</translation>
    </message>
    <message>
        <source>Created {accounts}.</source>
        <translation>{accounts} oluşturuldu.</translation>
    </message>
    <message>
        <source>Created {accounts}. The passwords stay on the Accounts page until you put them away.</source>
        <translation>{accounts} oluşturuldu. Parolalar siz kaldırana dek Hesaplar sayfasında kalır.</translation>
    </message>
    <message>
        <source>Created {accounts}. They log in with the passwords they have.</source>
        <translation>{accounts} oluşturuldu. Var olan parolalarıyla giriş yaparlar.</translation>
    </message>
    <message>
        <source>Created {name}.</source>
        <translation>{name} oluşturuldu.</translation>
    </message>
    <message>
        <source>Cut after</source>
        <translation>Kesme noktası</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>Koyu</translation>
    </message>
    <message>
        <source>Database address</source>
        <translation>Veritabanı adresi</translation>
    </message>
    <message>
        <source>Database: {state}</source>
        <translation>Veritabanı: {state}</translation>
    </message>
    <message>
        <source>Debug</source>
        <translation>Hata ayıklama</translation>
    </message>
    <message>
        <source>Default: {default}</source>
        <translation>Varsayılan: {default}</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>Sil</translation>
    </message>
    <message>
        <source>Delete this user…</source>
        <translation>Bu kullanıcıyı sil…</translation>
    </message>
    <message>
        <source>Delete {accounts}</source>
        <translation>{accounts} sil</translation>
    </message>
    <message>
        <source>Delete {names}?</source>
        <translation>{names} silinsin mi?</translation>
    </message>
    <message>
        <source>Deletes {who} for good and {ends}.</source>
        <translation>{who} kalıcı olarak silinir ve {ends}.</translation>
    </message>
    <message>
        <source>Delivery</source>
        <translation>Teslim</translation>
    </message>
    <message>
        <source>Denies {names}.</source>
        <translation>{names} reddedilir.</translation>
    </message>
    <message>
        <source>Deny</source>
        <translation>Reddet</translation>
    </message>
    <message>
        <source>Deny {names}?</source>
        <translation>{names} reddedilsin mi?</translation>
    </message>
    <message>
        <source>Deny…</source>
        <translation>Reddet…</translation>
    </message>
    <message>
        <source>Desktop</source>
        <translation>Masaüstü</translation>
    </message>
    <message>
        <source>Detail of the row</source>
        <translation>Satırın ayrıntısı</translation>
    </message>
    <message>
        <source>Development</source>
        <translation>Geliştirme</translation>
    </message>
    <message>
        <source>Development writes a more detailed log.</source>
        <translation>Geliştirme daha ayrıntılı günlük yazar.</translation>
    </message>
    <message>
        <source>Did not authenticate in time ({code}).</source>
        <translation>Zamanında kimlik doğrulamadı ({code}).</translation>
    </message>
    <message>
        <source>Did the program mean “{value}”?</source>
        <translation>Program “{value}” mi demek istedi?</translation>
    </message>
    <message>
        <source>Did you mean {each}?</source>
        <translation>{each} mi demek istediniz?</translation>
    </message>
    <message>
        <source>Did you mean “{value}”?</source>
        <translation>“{value}” mi demek istediniz?</translation>
    </message>
    <message>
        <source>Dir</source>
        <translation>Yön</translation>
    </message>
    <message>
        <source>Direction</source>
        <translation>Yön</translation>
    </message>
    <message>
        <source>Directs</source>
        <translation>Doğrudan</translation>
    </message>
    <message>
        <source>Directs among guests</source>
        <translation>Konuklar arası doğrudan</translation>
    </message>
    <message>
        <source>Disable</source>
        <translation>Devre dışı bırak</translation>
    </message>
    <message>
        <source>Disable {names}?</source>
        <translation>{names} devre dışı bırakılsın mı?</translation>
    </message>
    <message>
        <source>Disables {who} and {ends}.</source>
        <translation>{who} devre dışı kalır ve {ends}.</translation>
    </message>
    <message>
        <source>Disconnect</source>
        <translation>Bağlantıyı kes</translation>
    </message>
    <message>
        <source>Disconnect everyone now ({clients}); all have to log in again</source>
        <translation>Herkesin bağlantısını şimdi kes ({clients}); herkes yeniden giriş yapmalı</translation>
    </message>
    <message>
        <source>Disconnect {connections}?</source>
        <translation>{connections} kesilsin mi?</translation>
    </message>
    <message>
        <source>Disconnect {whom}?</source>
        <translation>{whom} bağlantısı kesilsin mi?</translation>
    </message>
    <message>
        <source>Disconnected by the host ({code}).</source>
        <translation>Ev sahibi bağlantısını kesti ({code}).</translation>
    </message>
    <message>
        <source>Disconnects {connections} now, and refuses every new one.</source>
        <translation>{connections} şimdi kesilir ve her yenisi reddedilir.</translation>
    </message>
    <message>
        <source>Do not ask again (Settings, Desktop)</source>
        <translation>Bir daha sorma (Ayarlar, Masaüstü)</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>Bitti</translation>
    </message>
    <message>
        <source>Done as {client}. What followed is in the traffic.</source>
        <translation>{client} olarak yapıldı. Devamı trafikte.</translation>
    </message>
    <message>
        <source>Doubled</source>
        <translation>İki kez gönderilen</translation>
    </message>
    <message>
        <source>Drag to show only a part of the time; a double click shows all.</source>
        <translation>Zamanın yalnızca bir bölümünü göstermek için sürükleyin; çift tıklama tümünü gösterir.</translation>
    </message>
    <message>
        <source>Drain</source>
        <translation>Boşalt</translation>
    </message>
    <message>
        <source>Drain for</source>
        <translation>Boşaltma süresi</translation>
    </message>
    <message>
        <source>Drain {node}?</source>
        <translation>{node} boşaltılsın mı?</translation>
    </message>
    <message>
        <source>Drain…</source>
        <translation>Boşalt…</translation>
    </message>
    <message>
        <source>Each account gets a generated password of its own.</source>
        <translation>Her hesap kendi üretilmiş parolasını alır.</translation>
    </message>
    <message>
        <source>Each node sends 2,000 rows a second at most.</source>
        <translation>Her düğüm saniyede en çok 2.000 satır gönderir.</translation>
    </message>
    <message>
        <source>Echo: each writes to the next one, who writes back</source>
        <translation>Yankı: her biri sonrakine yazar, o da yanıtlar</translation>
    </message>
    <message>
        <source>Edit</source>
        <translation>Düzenle</translation>
    </message>
    <message>
        <source>Edit {names}</source>
        <translation>{names} düzenle</translation>
    </message>
    <message>
        <source>Empty for an open network.</source>
        <translation>Açık ağ için boş bırakın.</translation>
    </message>
    <message>
        <source>Empty the view; can be undone for 10 s (Ctrl+L)</source>
        <translation>Görünümü boşalt; 10 sn içinde geri alınabilir (Ctrl+L)</translation>
    </message>
    <message>
        <source>Empty: HS256 with this server&apos;s secret. Or public keys: a PEM or JWKS file, or a JWKS URL.</source>
        <translation>Boş: bu sunucunun anahtarıyla HS256. Ya da açık anahtarlar: PEM veya JWKS dosyası ya da JWKS adresi.</translation>
    </message>
    <message>
        <source>Empty: SQLite in the data folder. Or an SQLAlchemy URL; takes effect at next launch.</source>
        <translation>Boş: veri klasöründe SQLite. Ya da bir SQLAlchemy adresi; sonraki başlatmada geçerli.</translation>
    </message>
    <message>
        <source>Empty: alone. redis://HOST:PORT/0?name=NAME: one of several (docs/cluster.md).</source>
        <translation>Boş: tek başına. redis://HOST:PORT/0?name=NAME: birkaçından biri (docs/cluster.md).</translation>
    </message>
    <message>
        <source>Empty: info in production, debug in development.</source>
        <translation>Boş: üretimde info, geliştirmede debug.</translation>
    </message>
    <message>
        <source>Enable</source>
        <translation>Etkinleştir</translation>
    </message>
    <message>
        <source>Enable the account to let them in.</source>
        <translation>İçeri almak için hesabı etkinleştirin.</translation>
    </message>
    <message>
        <source>Enable {username} or lift the ban to let them in.</source>
        <translation>İçeri almak için {username} kullanıcısını etkinleştirin ya da yasağı kaldırın.</translation>
    </message>
    <message>
        <source>Enabled {names}.</source>
        <translation>{names} etkinleştirildi.</translation>
    </message>
    <message>
        <source>End</source>
        <translation>Bitir</translation>
    </message>
    <message>
        <source>End all</source>
        <translation>Tümünü bitir</translation>
    </message>
    <message>
        <source>End all guests?</source>
        <translation>Tüm konuklar sonlandırılsın mı?</translation>
    </message>
    <message>
        <source>End faults</source>
        <translation>Arızaları bitir</translation>
    </message>
    <message>
        <source>End guests</source>
        <translation>Konukları sonlandır</translation>
    </message>
    <message>
        <source>End guests…</source>
        <translation>Konukları sonlandır…</translation>
    </message>
    <message>
        <source>End {guests}…</source>
        <translation>{guests} sonlandır…</translation>
    </message>
    <message>
        <source>Ending connections…</source>
        <translation>Bağlantılar sonlandırılıyor…</translation>
    </message>
    <message>
        <source>Ends</source>
        <translation>Bitiş</translation>
    </message>
    <message>
        <source>Ends after</source>
        <translation>Bitiş süresi</translation>
    </message>
    <message>
        <source>Engine: {engine} · {envelopes} envelopes told, {items} items, {dropped} dropped</source>
        <translation>Motor: {engine} · {envelopes} bildirim, {items} öge, {dropped} atıldı</translation>
    </message>
    <message>
        <source>Environment</source>
        <translation>Ortam</translation>
    </message>
    <message>
        <source>Error</source>
        <translation>Hata</translation>
    </message>
    <message>
        <source>Error &amp;before	Shift+F8</source>
        <translation>&amp;Önceki hata	Shift+F8</translation>
    </message>
    <message>
        <source>Errors</source>
        <translation>Hatalar</translation>
    </message>
    <message>
        <source>Everybody behind the same router may share an address.</source>
        <translation>Aynı yönlendiricinin arkasındaki herkes bir adresi paylaşabilir.</translation>
    </message>
    <message>
        <source>Everyone</source>
        <translation>Herkes</translation>
    </message>
    <message>
        <source>Everyone ({connections})</source>
        <translation>Herkes ({connections})</translation>
    </message>
    <message>
        <source>Everything</source>
        <translation>Her şey</translation>
    </message>
    <message>
        <source>Everything that passes shows up here. Programs connect to {address}</source>
        <translation>Geçen her şey burada görünür. Programlar {address} adresine bağlanır</translation>
    </message>
    <message>
        <source>Expired {time}</source>
        <translation>Süresi doldu {time}</translation>
    </message>
    <message>
        <source>Expired {value} ago.</source>
        <translation>Süresi {value} önce doldu.</translation>
    </message>
    <message>
        <source>Expires</source>
        <translation>Süre sonu</translation>
    </message>
    <message>
        <source>Expires in {value}.</source>
        <translation>Süresi {value} içinde dolacak.</translation>
    </message>
    <message>
        <source>Expires {time}</source>
        <translation>Süre sonu {time}</translation>
    </message>
    <message>
        <source>Export CSV</source>
        <translation>CSV dışa aktar</translation>
    </message>
    <message>
        <source>Export all</source>
        <translation>Tümünü dışa aktar</translation>
    </message>
    <message>
        <source>Export all acts</source>
        <translation>Tüm işlemleri dışa aktar</translation>
    </message>
    <message>
        <source>Export all…</source>
        <translation>Tümünü dışa aktar…</translation>
    </message>
    <message>
        <source>Export and open</source>
        <translation>Dışa aktar ve aç</translation>
    </message>
    <message>
        <source>Export filtered…</source>
        <translation>Süzülenleri dışa aktar…</translation>
    </message>
    <message>
        <source>Export messages…</source>
        <translation>İletileri dışa aktar…</translation>
    </message>
    <message>
        <source>Export selected…</source>
        <translation>Seçilenleri dışa aktar…</translation>
    </message>
    <message>
        <source>Export {accounts}</source>
        <translation>{accounts} dışa aktar</translation>
    </message>
    <message>
        <source>Export {messages}</source>
        <translation>{messages} dışa aktar</translation>
    </message>
    <message>
        <source>Export {rows}</source>
        <translation>{rows} dışa aktar</translation>
    </message>
    <message>
        <source>Exported rows (*.jsonl)</source>
        <translation>Dışa aktarılan satırlar (*.jsonl)</translation>
    </message>
    <message>
        <source>Exported {accounts} to {file}.</source>
        <translation>{accounts} {file} dosyasına aktarıldı.</translation>
    </message>
    <message>
        <source>Exported {acts} to {file}.</source>
        <translation>{acts} {file} dosyasına aktarıldı.</translation>
    </message>
    <message>
        <source>Exported {messages} to {file}.</source>
        <translation>{messages} {file} dosyasına aktarıldı.</translation>
    </message>
    <message>
        <source>Exported {rows} to {file}.</source>
        <translation>{rows} {file} dosyasına aktarıldı.</translation>
    </message>
    <message>
        <source>Exporting to {file}</source>
        <translation>{file} dosyasına aktarılıyor</translation>
    </message>
    <message>
        <source>F&amp;ilter	/</source>
        <translation>S&amp;üzgeç	/</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>Başarısız</translation>
    </message>
    <message>
        <source>Failed logins</source>
        <translation>Başarısız girişler</translation>
    </message>
    <message>
        <source>Failures</source>
        <translation>Başarısızlıklar</translation>
    </message>
    <message>
        <source>Failures in 15 minutes on an account before growing waits; an address may fail on five times as many accounts; 0: no limit.</source>
        <translation>Artan beklemelerden önce bir hesapta 15 dakikadaki başarısızlıklar; bir adres beş kat hesapta başarısız olabilir; 0: sınırsız.</translation>
    </message>
    <message>
        <source>Fair</source>
        <translation>Orta</translation>
    </message>
    <message>
        <source>Faults</source>
        <translation>Arızalar</translation>
    </message>
    <message>
        <source>Faults that are on</source>
        <translation>Açık arızalar</translation>
    </message>
    <message>
        <source>Field &apos;before&apos; must be the id of a message of this server.</source>
        <translation>&apos;before&apos; alanı bu sunucudaki bir iletinin kimliği olmalıdır.</translation>
    </message>
    <message>
        <source>Field &apos;id&apos; must be the id of a message of this server.</source>
        <translation>&apos;id&apos; alanı bu sunucudaki bir iletinin kimliği olmalıdır.</translation>
    </message>
    <message>
        <source>Field &apos;{value}&apos; is missing.</source>
        <translation>&apos;{value}&apos; alanı eksik.</translation>
    </message>
    <message>
        <source>Field &apos;{value}&apos; must be {words}.</source>
        <translation>&apos;{value}&apos; alanı şu olmalıdır: {words}.</translation>
    </message>
    <message>
        <source>Field &apos;{value}&apos;: {value_}.</source>
        <translation>&apos;{value}&apos; alanı: {value_}.</translation>
    </message>
    <message>
        <source>Files: your own certificate</source>
        <translation>Dosyalar: kendi sertifikanız</translation>
    </message>
    <message>
        <source>Filter</source>
        <translation>Süzgeç</translation>
    </message>
    <message>
        <source>Filter: words user: type: code: size&gt;1k /regex/ !not</source>
        <translation>Süzgeç: sözcükler user: type: code: size&gt;1k /regex/ !değil</translation>
    </message>
    <message>
        <source>Find in this payload</source>
        <translation>Bu yükte bul</translation>
    </message>
    <message>
        <source>First client</source>
        <translation>İlk istemci</translation>
    </message>
    <message>
        <source>Follow</source>
        <translation>İzle</translation>
    </message>
    <message>
        <source>Follow the system</source>
        <translation>Sistemi izle</translation>
    </message>
    <message>
        <source>Follow the system, or always light or dark.</source>
        <translation>Sistemi izle ya da her zaman açık veya koyu.</translation>
    </message>
    <message>
        <source>For</source>
        <translation>Süre</translation>
    </message>
    <message>
        <source>For PostgreSQL install authws-desktop[postgresql].</source>
        <translation>PostgreSQL için authws-desktop[postgresql] kurun.</translation>
    </message>
    <message>
        <source>For a Linux or macOS shell with Node.js; then type messages as JSON.</source>
        <translation>Node.js bulunan bir Linux ya da macOS kabuğu için; sonra iletileri JSON olarak yazın.</translation>
    </message>
    <message>
        <source>For a Linux or macOS shell.</source>
        <translation>Bir Linux ya da macOS kabuğu için.</translation>
    </message>
    <message>
        <source>For a class or event</source>
        <translation>Ders ya da etkinlik için</translation>
    </message>
    <message>
        <source>For a day</source>
        <translation>Bir gün</translation>
    </message>
    <message>
        <source>For a week</source>
        <translation>Bir hafta</translation>
    </message>
    <message>
        <source>For an hour</source>
        <translation>Bir saat</translation>
    </message>
    <message>
        <source>For programs</source>
        <translation>Programlar için</translation>
    </message>
    <message>
        <source>For whom</source>
        <translation>Kim için</translation>
    </message>
    <message>
        <source>Forget this filter</source>
        <translation>Bu süzgeci unut</translation>
    </message>
    <message>
        <source>Forget this message</source>
        <translation>Bu iletiyi unut</translation>
    </message>
    <message>
        <source>Fragments of</source>
        <translation>Parça boyutu</translation>
    </message>
    <message>
        <source>Frame over the size limit ({code}).</source>
        <translation>Çerçeve boyut sınırının üzerinde ({code}).</translation>
    </message>
    <message>
        <source>Freeze the view; nothing is lost (Space)</source>
        <translation>Görünümü dondur; hiçbir şey kaybolmaz (Boşluk)</translation>
    </message>
    <message>
        <source>From</source>
        <translation>Başlangıç</translation>
    </message>
    <message>
        <source>From clients only</source>
        <translation>Yalnızca istemcilerden</translation>
    </message>
    <message>
        <source>From now on.</source>
        <translation>Şu andan itibaren.</translation>
    </message>
    <message>
        <source>From telling the others to hearing it back from the engine</source>
        <translation>Diğerlerine bildirmekten motordan geri duymaya dek</translation>
    </message>
    <message>
        <source>Frozen: nothing passes, and nothing is closed</source>
        <translation>Donmuş: hiçbir şey geçmez ve hiçbir şey kapanmaz</translation>
    </message>
    <message>
        <source>Gaps</source>
        <translation>Boşluklar</translation>
    </message>
    <message>
        <source>Generate</source>
        <translation>Üret</translation>
    </message>
    <message>
        <source>Generate a new one</source>
        <translation>Yenisini üret</translation>
    </message>
    <message>
        <source>Give the account the role host, if it is to do this.</source>
        <translation>Bunu yapacaksa hesaba host rolünü verin.</translation>
    </message>
    <message>
        <source>Good</source>
        <translation>İyi</translation>
    </message>
    <message>
        <source>Guest</source>
        <translation>Konuk</translation>
    </message>
    <message>
        <source>Guests</source>
        <translation>Konuklar</translation>
    </message>
    <message>
        <source>Guests may come in by name</source>
        <translation>Konuklar adla girebilir</translation>
    </message>
    <message>
        <source>Guests may not write to each other here.</source>
        <translation>Burada konuklar birbirine yazamaz.</translation>
    </message>
    <message>
        <source>Guests may write to each other</source>
        <translation>Konuklar birbirine yazabilir</translation>
    </message>
    <message>
        <source>HS256 needs a long random text.</source>
        <translation>HS256 uzun, rastgele bir metin gerektirir.</translation>
    </message>
    <message>
        <source>HS256 needs a secret: a long random text.</source>
        <translation>HS256 bir imza anahtarı gerektirir: uzun, rastgele bir metin.</translation>
    </message>
    <message>
        <source>HS256 needs at least {min_secret_bytes} bytes: with fewer, tokens can be forged by trying secrets.</source>
        <translation>HS256 en az {min_secret_bytes} bayt gerektirir: daha azıyla, anahtarlar denenerek sahte belirteç üretilebilir.</translation>
    </message>
    <message>
        <source>Hand on the link of an invitation.</source>
        <translation>Bir davetin bağlantısını verin.</translation>
    </message>
    <message>
        <source>Header</source>
        <translation>Başlık</translation>
    </message>
    <message>
        <source>Hex</source>
        <translation>Onaltılık</translation>
    </message>
    <message>
        <source>Hide password</source>
        <translation>Parolayı gizle</translation>
    </message>
    <message>
        <source>Hide the secret</source>
        <translation>Anahtarı gizle</translation>
    </message>
    <message>
        <source>Hide this type</source>
        <translation>Bu türü gizle</translation>
    </message>
    <message>
        <source>Highlight</source>
        <translation>Vurgula</translation>
    </message>
    <message>
        <source>History</source>
        <translation>Geçmiş</translation>
    </message>
    <message>
        <source>History file</source>
        <translation>Geçmiş dosyası</translation>
    </message>
    <message>
        <source>History from {oldest} to {newest}: {rows}, read-only.</source>
        <translation>{oldest} – {newest} geçmişi: {rows}, salt okunur.</translation>
    </message>
    <message>
        <source>History…</source>
        <translation>Geçmiş…</translation>
    </message>
    <message>
        <source>Holds for passwords that are set from now on; under 8 they are easily guessed.</source>
        <translation>Şu andan sonra belirlenen parolalar için geçerli; 8&apos;den kısası kolay tahmin edilir.</translation>
    </message>
    <message>
        <source>Host</source>
        <translation>Ev sahibi</translation>
    </message>
    <message>
        <source>How long</source>
        <translation>Ne kadar süre</translation>
    </message>
    <message>
        <source>How long a login lasts; holds for tokens issued from now on.</source>
        <translation>Bir girişin süresi; şu andan sonra verilen belirteçler için geçerli.</translation>
    </message>
    <message>
        <source>How many</source>
        <translation>Kaç tane</translation>
    </message>
    <message>
        <source>How many people.</source>
        <translation>Kaç kişi.</translation>
    </message>
    <message>
        <source>How often an idle connection is pinged.</source>
        <translation>Boştaki bağlantıya ne sıklıkla ping atılır.</translation>
    </message>
    <message>
        <source>Idle</source>
        <translation>Boşta</translation>
    </message>
    <message>
        <source>If it is forgotten, give a new one: Reset password.</source>
        <translation>Unutulduysa yenisini verin: Parolayı sıfırla.</translation>
    </message>
    <message>
        <source>If others cannot connect, allow the port.</source>
        <translation>Başkaları bağlanamıyorsa bağlantı noktasına izin verin.</translation>
    </message>
    <message>
        <source>If others cannot connect: Windows Security, Firewall &amp; network protection, Allow an app through firewall; or this line in a terminal run as administrator:</source>
        <translation>Başkaları bağlanamıyorsa: Windows Güvenliği, Güvenlik duvarı ve ağ koruması, Bir uygulamanın güvenlik duvarından geçmesine izin ver; ya da yönetici olarak çalıştırılan bir terminalde şu satır:</translation>
    </message>
    <message>
        <source>If others cannot connect: {macos_clicks}.</source>
        <translation>Başkaları bağlanamıyorsa: {macos_clicks}.</translation>
    </message>
    <message>
        <source>Import a list</source>
        <translation>Liste içe aktar</translation>
    </message>
    <message>
        <source>Import accounts</source>
        <translation>Hesapları içe aktar</translation>
    </message>
    <message>
        <source>Import it in parts.</source>
        <translation>Parçalar hâlinde içe aktarın.</translation>
    </message>
    <message>
        <source>Import…</source>
        <translation>İçe aktar…</translation>
    </message>
    <message>
        <source>In</source>
        <translation>Gelen</translation>
    </message>
    <message>
        <source>In a client&apos;s name</source>
        <translation>Bir istemci adına</translation>
    </message>
    <message>
        <source>In a cluster, a server that stops sends its clients to the others over this long.</source>
        <translation>Bir kümede duran sunucu istemcilerini bu sürede ötekilere gönderir.</translation>
    </message>
    <message>
        <source>In the way</source>
        <translation>Engel</translation>
    </message>
    <message>
        <source>In/s</source>
        <translation>Giren/sn</translation>
    </message>
    <message>
        <source>In: {now}/s now, {most}/s at most.</source>
        <translation>Gelen: şimdi {now}/sn, en çok {most}/sn.</translation>
    </message>
    <message>
        <source>Indent</source>
        <translation>Girinti</translation>
    </message>
    <message>
        <source>Info</source>
        <translation>Bilgi</translation>
    </message>
    <message>
        <source>Info and above</source>
        <translation>Bilgi ve üstü</translation>
    </message>
    <message>
        <source>Inspect a token…</source>
        <translation>Belirteç incele…</translation>
    </message>
    <message>
        <source>Invitations</source>
        <translation>Davetler</translation>
    </message>
    <message>
        <source>Invite: whoever has an invitation code</source>
        <translation>Davet: davet kodu olan</translation>
    </message>
    <message>
        <source>Is the clock right?</source>
        <translation>Saat doğru mu?</translation>
    </message>
    <message>
        <source>Issued</source>
        <translation>Verildi</translation>
    </message>
    <message>
        <source>Issued by &apos;{issuer}&apos;, whose tokens you let in.</source>
        <translation>&apos;{issuer}&apos; tarafından verildi; onun belirteçlerini kabul ediyorsunuz.</translation>
    </message>
    <message>
        <source>Issued by now.</source>
        <translation>Artık verilmiş.</translation>
    </message>
    <message>
        <source>Issued by this program.</source>
        <translation>Bu program tarafından verildi.</translation>
    </message>
    <message>
        <source>Issued in the future, {time}</source>
        <translation>Gelecekte verilmiş, {time}</translation>
    </message>
    <message>
        <source>Issued only {ahead} from now.</source>
        <translation>Ancak {ahead} sonra verilmiş görünüyor.</translation>
    </message>
    <message>
        <source>Issued {time}</source>
        <translation>Verildi {time}</translation>
    </message>
    <message>
        <source>It answers at every address of this computer.</source>
        <translation>Bu bilgisayarın her adresinde yanıt verir.</translation>
    </message>
    <message>
        <source>It counts until their tokens expire or are revoked.</source>
        <translation>Belirteçlerinin süresi dolana ya da iptal edilene dek geçerlidir.</translation>
    </message>
    <message>
        <source>It does not answer this computer itself at {names}.</source>
        <translation>{names} adresinde bu bilgisayarın kendisine yanıt vermiyor.</translation>
    </message>
    <message>
        <source>It does not fall asleep while clients are connected, where the system offers that.</source>
        <translation>İstemciler bağlıyken, sistem izin veriyorsa uyumaz.</translation>
    </message>
    <message>
        <source>It ends by itself, or when you lift it.</source>
        <translation>Kendiliğinden ya da siz kaldırınca biter.</translation>
    </message>
    <message>
        <source>It is Windows itself (often IIS or the World Wide Web Publishing Service): stop it in Services.</source>
        <translation>Windows&apos;un kendisi (çoğu kez IIS ya da World Wide Web Publishing Service): Hizmetler&apos;de durdurun.</translation>
    </message>
    <message>
        <source>It is allowed by now.</source>
        <translation>Artık izin veriliyor.</translation>
    </message>
    <message>
        <source>It is one of {known}.</source>
        <translation>Şunlardan biridir: {known}.</translation>
    </message>
    <message>
        <source>It may be AirPlay: System Settings, General, AirDrop &amp; Handoff, AirPlay Receiver.</source>
        <translation>AirPlay olabilir: Sistem Ayarları, Genel, AirDrop ve Handoff, AirPlay Alıcısı.</translation>
    </message>
    <message>
        <source>It stands before the content, as long as the program runs.</source>
        <translation>Program açık oldukça içeriğin önünde durur.</translation>
    </message>
    <message>
        <source>It was left as it is. To do it all the same, press {button} again.</source>
        <translation>Olduğu gibi bırakıldı. Yine de yapmak için {button} düğmesine bir daha basın.</translation>
    </message>
    <message>
        <source>Its network is gone, or its device sleeps, or its program was ended.</source>
        <translation>Ağı gitmiş, aygıtı uyuyor ya da programı sonlandırılmış.</translation>
    </message>
    <message>
        <source>Its tokens are refused until they can.</source>
        <translation>O zamana dek belirteçleri reddedilir.</translation>
    </message>
    <message>
        <source>JSON Lines (*.jsonl)</source>
        <translation>JSON Lines (*.jsonl)</translation>
    </message>
    <message>
        <source>JSON Lines, can be opened again (*.jsonl)</source>
        <translation>JSON Lines, yeniden açılabilir (*.jsonl)</translation>
    </message>
    <message>
        <source>JSON Lines, can be replayed (*.jsonl)</source>
        <translation>JSON Lines, yeniden oynatılabilir (*.jsonl)</translation>
    </message>
    <message>
        <source>JSON has no {name}.</source>
        <translation>JSON&apos;da {name} yoktur.</translation>
    </message>
    <message>
        <source>JSON is malformed:</source>
        <translation>JSON bozuk:</translation>
    </message>
    <message>
        <source>JWT_SECRET holds a key pair.</source>
        <translation>JWT_SECRET bir anahtar çifti içeriyor.</translation>
    </message>
    <message>
        <source>JWT_SECRET is not text.</source>
        <translation>JWT_SECRET metin değil.</translation>
    </message>
    <message>
        <source>JWT_SECRET is {secret} bytes long.</source>
        <translation>JWT_SECRET {secret} bayt uzunluğunda.</translation>
    </message>
    <message>
        <source>Join from a phone: scan the code, or open {address}.</source>
        <translation>Telefondan katılın: kodu tarayın ya da {address} adresini açın.</translation>
    </message>
    <message>
        <source>Keep it on top</source>
        <translation>Üstte tut</translation>
    </message>
    <message>
        <source>Keep it on top, also for who comes later</source>
        <translation>Üstte tut, sonra gelenler için de</translation>
    </message>
    <message>
        <source>Keep messages for</source>
        <translation>İletileri saklama süresi</translation>
    </message>
    <message>
        <source>Keep messages for who was away</source>
        <translation>Yokken gelenleri sakla</translation>
    </message>
    <message>
        <source>Keep people connected; old tokens stay valid until they expire</source>
        <translation>Bağlantılar sürsün; eski belirteçler süreleri dolana dek geçerli</translation>
    </message>
    <message>
        <source>Keep running in the tray</source>
        <translation>Tepside çalışmayı sürdür</translation>
    </message>
    <message>
        <source>Keep the audit for</source>
        <translation>Denetimi saklama süresi</translation>
    </message>
    <message>
        <source>Keep the computer awake</source>
        <translation>Bilgisayarı uyanık tut</translation>
    </message>
    <message>
        <source>Keep the newest line in view</source>
        <translation>En yeni satırı görünür tut</translation>
    </message>
    <message>
        <source>Keep the newest row in view (F)</source>
        <translation>En yeni satırı görünür tut (F)</translation>
    </message>
    <message>
        <source>Keep the role each has</source>
        <translation>Herkesin rolü kalsın</translation>
    </message>
    <message>
        <source>Keep the server running</source>
        <translation>Sunucu çalışmayı sürdürsün</translation>
    </message>
    <message>
        <source>Keep-alive every</source>
        <translation>Canlı tutma aralığı</translation>
    </message>
    <message>
        <source>Kept in a file of its own; survives a restart</source>
        <translation>Kendi dosyasında; yeniden başlatmada kalır</translation>
    </message>
    <message>
        <source>Kept in {file}</source>
        <translation>{file} içinde saklanır</translation>
    </message>
    <message>
        <source>Kept sending over the rate limit ({code}).</source>
        <translation>Hız sınırının üzerinde göndermeyi sürdürdü ({code}).</translation>
    </message>
    <message>
        <source>Key file</source>
        <translation>Anahtar dosyası</translation>
    </message>
    <message>
        <source>Keys come from a file, or from an address such as https://login.example.org/.well-known/jwks.json.</source>
        <translation>Anahtarlar bir dosyadan veya https://login.example.org/.well-known/jwks.json gibi bir adresten gelir.</translation>
    </message>
    <message>
        <source>Keys of those tokens</source>
        <translation>O belirteçlerin anahtarları</translation>
    </message>
    <message>
        <source>Lag</source>
        <translation>Gecikme</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>Dil</translation>
    </message>
    <message>
        <source>Language of the window</source>
        <translation>Pencerenin dili</translation>
    </message>
    <message>
        <source>Largest message</source>
        <translation>En büyük ileti</translation>
    </message>
    <message>
        <source>Last login</source>
        <translation>Son giriş</translation>
    </message>
    <message>
        <source>Last run</source>
        <translation>Son çalıştırma</translation>
    </message>
    <message>
        <source>Last seen</source>
        <translation>Son görülme</translation>
    </message>
    <message>
        <source>Last used</source>
        <translation>Son kullanım</translation>
    </message>
    <message>
        <source>Late by</source>
        <translation>Gecikme süresi</translation>
    </message>
    <message>
        <source>Leave it empty for SQLite, or write postgresql://user:password@host/name.</source>
        <translation>SQLite için boş bırakın ya da postgresql://user:password@host/name yazın.</translation>
    </message>
    <message>
        <source>Leave it out to have a password generated.</source>
        <translation>Parola üretilmesi için boş bırakın.</translation>
    </message>
    <message>
        <source>Left out: {rows}</source>
        <translation>Atlanan: {rows}</translation>
    </message>
    <message>
        <source>Let everyone write to everyone; nobody is disconnected.</source>
        <translation>Herkesin herkese yazmasına izin verin; kimsenin bağlantısı kesilmez.</translation>
    </message>
    <message>
        <source>Let guests in by name alone; nobody is disconnected.</source>
        <translation>Konukları yalnızca adla içeri alın; kimsenin bağlantısı kesilmez.</translation>
    </message>
    <message>
        <source>Let in who has a token of another issuer: off; known: who has an account here; anyone.</source>
        <translation>Başka bir verenin belirteci olanı içeri al: off; known: burada hesabı olan; anyone: herkes.</translation>
    </message>
    <message>
        <source>Let my network in</source>
        <translation>Ağımı içeri al</translation>
    </message>
    <message>
        <source>Let the client log in again and use the new token.</source>
        <translation>İstemcinin yeniden giriş yapıp yeni belirteci kullanmasını sağlayın.</translation>
    </message>
    <message>
        <source>Let them try again now</source>
        <translation>Şimdi yeniden denesinler</translation>
    </message>
    <message>
        <source>Let tokens run out now</source>
        <translation>Belirteçlerin süresini şimdi bitir</translation>
    </message>
    <message>
        <source>Let your network in?</source>
        <translation>Ağınız içeri alınsın mı?</translation>
    </message>
    <message>
        <source>Let {username} log in again, or hand on a new token.</source>
        <translation>{username} yeniden giriş yapsın ya da yeni bir belirteç verin.</translation>
    </message>
    <message>
        <source>Lets this device trust that computer&apos;s server.</source>
        <translation>Bu aygıtın o bilgisayarın sunucusuna güvenmesini sağlar.</translation>
    </message>
    <message>
        <source>Lets {names} try again now.</source>
        <translation>{names} şimdi yeniden deneyebilir.</translation>
    </message>
    <message>
        <source>Level</source>
        <translation>Düzey</translation>
    </message>
    <message>
        <source>Life of the token</source>
        <translation>Belirteç ömrü</translation>
    </message>
    <message>
        <source>Lift</source>
        <translation>Kaldır</translation>
    </message>
    <message>
        <source>Lift the ban to let them in.</source>
        <translation>İçeri almak için yasağı kaldırın.</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>Açık</translation>
    </message>
    <message>
        <source>Line</source>
        <translation>Satır</translation>
    </message>
    <message>
        <source>Line for a terminal</source>
        <translation>Terminal için satır</translation>
    </message>
    <message>
        <source>Line {line} has a quote too many or too few.</source>
        <translation>{line}. satırda bir tırnak fazla ya da eksik.</translation>
    </message>
    <message>
        <source>Line {line} of the file {file} cannot be understood; is a quotation mark missing?</source>
        <translation>{file} dosyasının {line}. satırı anlaşılamıyor; bir tırnak işareti mi eksik?</translation>
    </message>
    <message>
        <source>Lines of the list</source>
        <translation>Listenin satırları</translation>
    </message>
    <message>
        <source>Link</source>
        <translation>Bağlantı adresi</translation>
    </message>
    <message>
        <source>Link of the chosen invitation</source>
        <translation>Seçilen davetin bağlantısı</translation>
    </message>
    <message>
        <source>Listen on</source>
        <translation>Dinleme adresi</translation>
    </message>
    <message>
        <source>Listen on another address?</source>
        <translation>Başka bir adres dinlensin mi?</translation>
    </message>
    <message>
        <source>Listening on {places}, port {value}.</source>
        <translation>{places}, {value} numaralı bağlantı noktası dinleniyor.</translation>
    </message>
    <message>
        <source>Lists (*.csv *.tsv *.txt *.json *.jsonl);;All files (*)</source>
        <translation>Listeler (*.csv *.tsv *.txt *.json *.jsonl);;Tüm dosyalar (*)</translation>
    </message>
    <message>
        <source>Live</source>
        <translation>Canlı</translation>
    </message>
    <message>
        <source>Local: a certificate made here</source>
        <translation>Yerel: burada yapılan sertifika</translation>
    </message>
    <message>
        <source>Lock-outs</source>
        <translation>Kilitlenmeler</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>Günlük</translation>
    </message>
    <message>
        <source>Log in again.</source>
        <translation>Yeniden giriş yapın.</translation>
    </message>
    <message>
        <source>Log in within</source>
        <translation>Giriş süresi</translation>
    </message>
    <message>
        <source>Log level</source>
        <translation>Günlük düzeyi</translation>
    </message>
    <message>
        <source>Logged in with this token already.</source>
        <translation>Bu belirteçle zaten oturum açıldı.</translation>
    </message>
    <message>
        <source>Login cards</source>
        <translation>Giriş kartları</translation>
    </message>
    <message>
        <source>Login cards for {accounts}</source>
        <translation>{accounts} için giriş kartları</translation>
    </message>
    <message>
        <source>Login cards…</source>
        <translation>Giriş kartları…</translation>
    </message>
    <message>
        <source>Login refused</source>
        <translation>Giriş reddedildi</translation>
    </message>
    <message>
        <source>Logins</source>
        <translation>Girişler</translation>
    </message>
    <message>
        <source>Logs {who} out everywhere: {ends}.</source>
        <translation>{who} her yerde çıkış yapar: {ends}.</translation>
    </message>
    <message>
        <source>Look at it again, then repeat what is still wanted.</source>
        <translation>Yeniden bakın, sonra hâlâ istenenleri yineleyin.</translation>
    </message>
    <message>
        <source>Look at this</source>
        <translation>Buna bakın</translation>
    </message>
    <message>
        <source>Look for a newer version</source>
        <translation>Daha yeni sürüm ara</translation>
    </message>
    <message>
        <source>Look for a typing error, or make one.</source>
        <translation>Yazım hatası arayın ya da bir tane oluşturun.</translation>
    </message>
    <message>
        <source>Look for a typing error: /openapi.json has every path.</source>
        <translation>Yazım hatası arayın: /openapi.json tüm yolları içerir.</translation>
    </message>
    <message>
        <source>Look-around and back-references cannot be searched.</source>
        <translation>Çevreye bakma (look-around) ve geri başvurular aranamaz.</translation>
    </message>
    <message>
        <source>Lost</source>
        <translation>Kaybolan</translation>
    </message>
    <message>
        <source>Lost, as the connection closed: {lost}.</source>
        <translation>Bağlantı kapandığı için kaybolan: {lost}.</translation>
    </message>
    <message>
        <source>Lowest level shown</source>
        <translation>Gösterilen en düşük düzey</translation>
    </message>
    <message>
        <source>Made ready {done} of {all}</source>
        <translation>{all} içinden {done} hazır</translation>
    </message>
    <message>
        <source>Made {when}</source>
        <translation>Yapıldı {when}</translation>
    </message>
    <message>
        <source>Make a new code</source>
        <translation>Yeni kod yap</translation>
    </message>
    <message>
        <source>Make another invitation, and hand on its link.</source>
        <translation>Başka bir davet oluşturun ve bağlantısını verin.</translation>
    </message>
    <message>
        <source>Make it a test</source>
        <translation>Teste dönüştür</translation>
    </message>
    <message>
        <source>Make it a test…</source>
        <translation>Teste dönüştür…</translation>
    </message>
    <message>
        <source>Make room, then try again.</source>
        <translation>Yer açın, sonra yeniden deneyin.</translation>
    </message>
    <message>
        <source>Make room.</source>
        <translation>Yer açın.</translation>
    </message>
    <message>
        <source>Make the account yourself, or let anybody register; nobody is disconnected.</source>
        <translation>Hesabı kendiniz oluşturun ya da herkesin kaydolmasına izin verin; kimsenin bağlantısı kesilmez.</translation>
    </message>
    <message>
        <source>Mark</source>
        <translation>İşaretle</translation>
    </message>
    <message>
        <source>Marks rows without hiding the others; same language as the filter.</source>
        <translation>Ötekileri gizlemeden satırları işaretler; süzgeçle aynı dil.</translation>
    </message>
    <message>
        <source>Meaning</source>
        <translation>Anlam</translation>
    </message>
    <message>
        <source>Meant for another service.</source>
        <translation>Başka bir hizmete yönelik.</translation>
    </message>
    <message>
        <source>Meanwhile {rows} made room for new ones.</source>
        <translation>Bu arada {rows} yenilere yer açtı.</translation>
    </message>
    <message>
        <source>Median</source>
        <translation>Ortanca</translation>
    </message>
    <message>
        <source>Member</source>
        <translation>Üye</translation>
    </message>
    <message>
        <source>Memory for rows</source>
        <translation>Satırlar için bellek</translation>
    </message>
    <message>
        <source>Message</source>
        <translation>İleti</translation>
    </message>
    <message>
        <source>Message as JSON</source>
        <translation>JSON olarak ileti</translation>
    </message>
    <message>
        <source>Message burst</source>
        <translation>İleti patlaması</translation>
    </message>
    <message>
        <source>Message rate</source>
        <translation>İleti hızı</translation>
    </message>
    <message>
        <source>Messages</source>
        <translation>İletiler</translation>
    </message>
    <message>
        <source>Messages a connection may send at once before the rate applies.</source>
        <translation>Hız geçerli olmadan önce bir bağlantının bir kerede gönderebileceği iletiler.</translation>
    </message>
    <message>
        <source>Messages a second each connection may send; 0 switches the limit off.</source>
        <translation>Her bağlantının saniyede gönderebileceği ileti; 0 sınırı kapatır.</translation>
    </message>
    <message>
        <source>Messages in a second</source>
        <translation>Saniyede gelen iletiler</translation>
    </message>
    <message>
        <source>Messages kept</source>
        <translation>Saklanan iletiler</translation>
    </message>
    <message>
        <source>Messages of each</source>
        <translation>Her birinin ileti sayısı</translation>
    </message>
    <message>
        <source>Messages out a second</source>
        <translation>Saniyede giden iletiler</translation>
    </message>
    <message>
        <source>Messages out: {now}/s now, {most}/s at most.</source>
        <translation>Giden iletiler: şimdi {now}/sn, en çok {most}/sn.</translation>
    </message>
    <message>
        <source>MiB</source>
        <translation>MiB</translation>
    </message>
    <message>
        <source>Minimise and keep running</source>
        <translation>Küçült ve çalışmayı sürdür</translation>
    </message>
    <message>
        <source>More or less</source>
        <translation>Az ya da çok</translation>
    </message>
    <message>
        <source>Move it away to begin a new one.</source>
        <translation>Yenisine başlamak için taşıyın.</translation>
    </message>
    <message>
        <source>Move the folder away to make new ones.</source>
        <translation>Yenilerini oluşturmak için klasörü taşıyın.</translation>
    </message>
    <message>
        <source>Move the folder {folder} away and start the server again; devices then have to trust it anew.</source>
        <translation>{folder} klasörünü taşıyın ve sunucuyu yeniden başlatın; aygıtların ona yeniden güvenmesi gerekir.</translation>
    </message>
    <message>
        <source>My network</source>
        <translation>Ağım</translation>
    </message>
    <message>
        <source>My network  ·  every address of this computer</source>
        <translation>Ağım  ·  bu bilgisayarın her adresi</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>Ad</translation>
    </message>
    <message>
        <source>Name in the network</source>
        <translation>Ağdaki ad</translation>
    </message>
    <message>
        <source>Name its file in Settings, Security, or let one be made.</source>
        <translation>Dosyasını Ayarlar, Güvenlik bölümünde belirtin ya da bir tane yapılsın.</translation>
    </message>
    <message>
        <source>Names</source>
        <translation>Adlar</translation>
    </message>
    <message>
        <source>Names and passwords</source>
        <translation>Adlar ve parolalar</translation>
    </message>
    <message>
        <source>Names are compared without regard to case.</source>
        <translation>Adlar büyük/küçük harf ayrımı olmadan karşılaştırılır.</translation>
    </message>
    <message>
        <source>Names, besides this computer&apos;s own, by which clients may address the server, such as hub.example.org or *.example.org.</source>
        <translation>Bu bilgisayarınkiler dışında istemcilerin sunucuya seslenebileceği adlar, örneğin hub.example.org ya da *.example.org.</translation>
    </message>
    <message>
        <source>Needs Qt 6 with its module WebSockets.</source>
        <translation>Qt 6 ve WebSockets modülü gerekir.</translation>
    </message>
    <message>
        <source>Neither ufw nor firewalld is on.</source>
        <translation>Ne ufw ne de firewalld açık.</translation>
    </message>
    <message>
        <source>Network</source>
        <translation>Ağ</translation>
    </message>
    <message>
        <source>Never</source>
        <translation>Hiç</translation>
    </message>
    <message>
        <source>New devices first open {url}</source>
        <translation>Yeni cihazlar önce {url} adresini açar</translation>
    </message>
    <message>
        <source>New password</source>
        <translation>Yeni parola</translation>
    </message>
    <message>
        <source>New passwords; nobody else knows them.</source>
        <translation>Yeni parolalar; başka kimse bilmiyor.</translation>
    </message>
    <message>
        <source>New secret</source>
        <translation>Yeni anahtar</translation>
    </message>
    <message>
        <source>New test user</source>
        <translation>Yeni deneme kullanıcısı</translation>
    </message>
    <message>
        <source>New traffic shows up here.</source>
        <translation>Yeni trafik burada görünür.</translation>
    </message>
    <message>
        <source>New user</source>
        <translation>Yeni kullanıcı</translation>
    </message>
    <message>
        <source>Newcomers see</source>
        <translation>Yeni gelenler görür</translation>
    </message>
    <message>
        <source>Newcomers wait here once registration needs your approval.</source>
        <translation>Kayıt onayınızı gerektirince yeni gelenler burada bekler.</translation>
    </message>
    <message>
        <source>Newer</source>
        <translation>Daha yeni</translation>
    </message>
    <message>
        <source>Next &amp;error	F8</source>
        <translation>Sonraki &amp;hata	F8</translation>
    </message>
    <message>
        <source>Next (Return)</source>
        <translation>Sonraki (Return)</translation>
    </message>
    <message>
        <source>Next sheet</source>
        <translation>Sonraki yaprak</translation>
    </message>
    <message>
        <source>No account chosen</source>
        <translation>Hesap seçilmedi</translation>
    </message>
    <message>
        <source>No account matches “{search}”</source>
        <translation>“{search}” ile eşleşen hesap yok</translation>
    </message>
    <message>
        <source>No accounts yet</source>
        <translation>Henüz hesap yok</translation>
    </message>
    <message>
        <source>No act matches</source>
        <translation>Eşleşen işlem yok</translation>
    </message>
    <message>
        <source>No certificate is chosen.</source>
        <translation>Sertifika seçilmedi.</translation>
    </message>
    <message>
        <source>No connection has this in name, address or app.</source>
        <translation>Hiçbir bağlantının adında, adresinde ya da uygulamasında bu yok.</translation>
    </message>
    <message>
        <source>No connection is broken on purpose.</source>
        <translation>Hiçbir bağlantı bilerek bozulmuyor.</translation>
    </message>
    <message>
        <source>No firewall is in the way: neither ufw, firewalld nor nftables filters.</source>
        <translation>Yolda güvenlik duvarı yok: ufw, firewalld ve nftables süzmüyor.</translation>
    </message>
    <message>
        <source>No firewall that this program knows was found (ufw, firewalld, nftables).</source>
        <translation>Bu programın bildiği bir güvenlik duvarı bulunamadı (ufw, firewalld, nftables).</translation>
    </message>
    <message>
        <source>No invitation yet. Create one above and hand on its link.</source>
        <translation>Henüz davet yok. Yukarıda oluşturun ve bağlantısını verin.</translation>
    </message>
    <message>
        <source>No key is chosen.</source>
        <translation>Anahtar seçilmedi.</translation>
    </message>
    <message>
        <source>No line can be used.</source>
        <translation>Kullanılabilir satır yok.</translation>
    </message>
    <message>
        <source>No line matches</source>
        <translation>Eşleşen satır yok</translation>
    </message>
    <message>
        <source>No messages are kept.</source>
        <translation>Saklanan ileti yok.</translation>
    </message>
    <message>
        <source>No row chosen</source>
        <translation>Satır seçilmedi</translation>
    </message>
    <message>
        <source>No row passes the filter</source>
        <translation>Hiçbir satır süzgeçten geçmiyor</translation>
    </message>
    <message>
        <source>No rule of Windows Defender Firewall lets this program in on {name} networks.</source>
        <translation>Hiçbir Windows Defender Güvenlik Duvarı kuralı {name} ağlarında bu programa izin vermiyor.</translation>
    </message>
    <message>
        <source>No token counts now.</source>
        <translation>Şu anda hiçbir belirteç geçerli değil.</translation>
    </message>
    <message>
        <source>No traffic yet</source>
        <translation>Henüz trafik yok</translation>
    </message>
    <message>
        <source>Open its page</source>
        <translation>Sayfasını aç</translation>
    </message>
    <message>
        <source>Quitting stops the server, which disconnects them.</source>
        <translation>Çıkmak sunucuyu durdurur ve bağlantılarını keser.</translation>
    </message>
    <message>
        <source>Tell of newer versions</source>
        <translation>Yeni sürümleri bildir</translation>
    </message>
    <message>
        <source>The page of this program cannot be reached.</source>
        <translation>Bu programın sayfasına ulaşılamıyor.</translation>
    </message>
    <message>
        <source>The page of this program gave an answer that is not understood.</source>
        <translation>Bu programın sayfası anlaşılmayan bir yanıt verdi.</translation>
    </message>
    <message>
        <source>The page of this program told no version that can be compared.</source>
        <translation>Bu programın sayfası karşılaştırılabilir bir sürüm bildirmedi.</translation>
    </message>
    <message>
        <source>There is no field &apos;{value}&apos; here.</source>
        <translation>Burada “{value}” alanı yok.</translation>
    </message>
    <message>
        <source>This is the newest version.</source>
        <translation>Bu en yeni sürüm.</translation>
    </message>
    <message>
        <source>Version {version} is there.</source>
        <translation>{version} sürümü çıktı.</translation>
    </message>
    <message>
        <source>Version {version} is there. About Authws Desktop, in the menu Help, leads to it.</source>
        <translation>{version} sürümü çıktı. Yardım menüsündeki “Authws Desktop hakkında” oraya götürür.</translation>
    </message>
    <message>
        <source>another port, such as {next_free}</source>
        <translation>başka bir bağlantı noktası, örneğin {next_free}</translation>
    </message>
    <message>
        <source>compiled</source>
        <translation>derlenmiş</translation>
    </message>
    <message>
        <source>is wrong at character {value}</source>
        <translation>{value}. karakterde hatalı</translation>
    </message>
    <message>
        <source>it ends too early (byte {data})</source>
        <translation>çok erken bitiyor (bayt {data})</translation>
    </message>
    <message>
        <source>No, not with the same frame.</source>
        <translation>Hayır, aynı çerçeveyle olmaz.</translation>
    </message>
    <message>
        <source>No.</source>
        <translation>Hayır.</translation>
    </message>
    <message>
        <source>Nobody found</source>
        <translation>Kimse bulunamadı</translation>
    </message>
    <message>
        <source>Nobody has to wait</source>
        <translation>Kimse beklemek zorunda değil</translation>
    </message>
    <message>
        <source>Nobody is banned. Choose somebody on the Live page to ban the user or the address.</source>
        <translation>Kimse yasaklı değil. Kullanıcıyı ya da adresi yasaklamak için Canlı sayfasında birini seçin.</translation>
    </message>
    <message>
        <source>Nobody is connected</source>
        <translation>Kimse bağlı değil</translation>
    </message>
    <message>
        <source>Nobody is disconnected now; new connections and logins are refused.</source>
        <translation>Şimdi kimsenin bağlantısı kesilmez; yeni bağlantı ve girişler reddedilir.</translation>
    </message>
    <message>
        <source>Nobody is disconnected.</source>
        <translation>Kimsenin bağlantısı kesilmez.</translation>
    </message>
    <message>
        <source>Nobody is here yet</source>
        <translation>Henüz kimse yok</translation>
    </message>
    <message>
        <source>Nobody is known by that id or name.</source>
        <translation>Bu kimlik ya da adla bilinen kimse yok.</translation>
    </message>
    <message>
        <source>Nobody is known by the id or name in &apos;with&apos;.</source>
        <translation>&apos;with&apos; içindeki kimlik ya da adla bilinen kimse yok.</translation>
    </message>
    <message>
        <source>Nobody is logged in, so nothing was sent.</source>
        <translation>Kimse giriş yapmamış, bu yüzden bir şey gönderilmedi.</translation>
    </message>
    <message>
        <source>Nobody waits.</source>
        <translation>Kimse beklemiyor.</translation>
    </message>
    <message>
        <source>Nobody waits: registration does not ask for your approval now.</source>
        <translation>Kimse beklemiyor: kayıt şu anda onayınızı istemiyor.</translation>
    </message>
    <message>
        <source>Node</source>
        <translation>Düğüm</translation>
    </message>
    <message>
        <source>Node {name} of {count} · {here} here · {all} in all</source>
        <translation>Düğüm {name} / {count} · burada {here} · toplam {all}</translation>
    </message>
    <message>
        <source>Nodes</source>
        <translation>Düğümler</translation>
    </message>
    <message>
        <source>None of the chosen users is connected any more, so nothing was sent.</source>
        <translation>Seçilen kullanıcıların hiçbiri artık bağlı değil, bu yüzden bir şey gönderilmedi.</translation>
    </message>
    <message>
        <source>Not a token: ASCII text of up to {max_token_chars} characters.</source>
        <translation>Belirteç değil: en çok {max_token_chars} karakterlik ASCII metin olmalı.</translation>
    </message>
    <message>
        <source>Not acknowledged yet.</source>
        <translation>Henüz onaylanmadı.</translation>
    </message>
    <message>
        <source>Not issued by &apos;{issuer}&apos;.</source>
        <translation>&apos;{issuer}&apos; tarafından verilmemiş.</translation>
    </message>
    <message>
        <source>Not logged in</source>
        <translation>Giriş yapmadı</translation>
    </message>
    <message>
        <source>Not three parts of JSON and signature in base64url.</source>
        <translation>base64url ile yazılmış JSON ve imzadan oluşan üç parça değil.</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>Not</translation>
    </message>
    <message>
        <source>Nothing</source>
        <translation>Hiçbir şey</translation>
    </message>
    <message>
        <source>Nothing has been logged yet</source>
        <translation>Henüz günlük yok</translation>
    </message>
    <message>
        <source>Nothing is kept yet. What passes from now on shows up here.</source>
        <translation>Henüz saklanan yok. Bundan sonra geçenler burada görünür.</translation>
    </message>
    <message>
        <source>Nothing is kept, and everybody has an account.</source>
        <translation>Hiçbir şey saklanmaz ve herkesin hesabı vardır.</translation>
    </message>
    <message>
        <source>Nothing is saved any more, and the file is left as it is.</source>
        <translation>Artık bir şey kaydedilmiyor ve dosya olduğu gibi kalıyor.</translation>
    </message>
    <message>
        <source>Nothing is saved any more.</source>
        <translation>Artık bir şey kaydedilmiyor.</translation>
    </message>
    <message>
        <source>Nothing like this is in it.</source>
        <translation>İçinde böyle bir şey yok.</translation>
    </message>
    <message>
        <source>Nothing was changed.</source>
        <translation>Hiçbir şey değiştirilmedi.</translation>
    </message>
    <message>
        <source>Nothing was done yet</source>
        <translation>Henüz bir şey yapılmadı</translation>
    </message>
    <message>
        <source>Of a recording, each says what its first user said, over and over.</source>
        <translation>Bir kayıttan, her biri ilk kullanıcısının söylediklerini yineler.</translation>
    </message>
    <message>
        <source>Of any kind, from one address of another computer; a whole class or event may share one.</source>
        <translation>Her türden, başka bir bilgisayarın bir adresinden; bütün bir sınıf ya da etkinlik bir tane paylaşabilir.</translation>
    </message>
    <message>
        <source>Of anyone</source>
        <translation>Herkesin</translation>
    </message>
    <message>
        <source>Of people with an account</source>
        <translation>Hesabı olanların</translation>
    </message>
    <message>
        <source>Of the messages kept: nothing, what was said since their account was made, also the last 50 before, or all.</source>
        <translation>Saklanan iletilerden: hiçbiri, hesapları açıldığından beri söylenenler, önceki 50 de, ya da tümü.</translation>
    </message>
    <message>
        <source>Of the web client, such as en, de or pt-BR. Empty: each browser&apos;s own.</source>
        <translation>Web istemcisinin dili, örneğin en, de ya da pt-BR. Boş: her tarayıcının kendisininki.</translation>
    </message>
    <message>
        <source>Of these late: {late}, the last one after {after_s}.</source>
        <translation>Bunlardan geciken: {late}, sonuncusu {after_s} sonra.</translation>
    </message>
    <message>
        <source>Off</source>
        <translation>Kapalı</translation>
    </message>
    <message>
        <source>Off: a guest cannot write to another guest alone.</source>
        <translation>Kapalı: bir konuk başka bir konuğa tek başına yazamaz.</translation>
    </message>
    <message>
        <source>Off: plain http and ws</source>
        <translation>Kapalı: düz http ve ws</translation>
    </message>
    <message>
        <source>Older</source>
        <translation>Daha eski</translation>
    </message>
    <message>
        <source>Older ones are forgotten; a message for somebody who is away waits as long.</source>
        <translation>Daha eskiler unutulur; orada olmayana ileti de bu kadar bekler.</translation>
    </message>
    <message>
        <source>Older rows are dropped when their payloads take more than this.</source>
        <translation>Yükleri bundan fazlasını tutunca eski satırlar atılır.</translation>
    </message>
    <message>
        <source>On</source>
        <translation>Açık</translation>
    </message>
    <message>
        <source>On now</source>
        <translation>Şu anda açık</translation>
    </message>
    <message>
        <source>On top: {text}</source>
        <translation>Üstte: {text}</translation>
    </message>
    <message>
        <source>On: people come in by name alone, without a password. They end when the server stops.</source>
        <translation>Açık: kişiler parolasız, yalnızca adla girer. Sunucu durunca biterler.</translation>
    </message>
    <message>
        <source>On: the web client sends pictures, shrunk to 1,280 pixels and 300 kB.</source>
        <translation>Açık: web istemcisi resimleri 1.280 piksele ve 300 kB&apos;ye küçültüp gönderir.</translation>
    </message>
    <message>
        <source>Once</source>
        <translation>Bir kez</translation>
    </message>
    <message>
        <source>One connection</source>
        <translation>Bir bağlantı</translation>
    </message>
    <message>
        <source>One person a line: a name, and if you like a password and a role (member or host), separated by comma, semicolon or tab. Who has no password gets a generated one. A table of users with bcrypt hashes, as CSV or JSON, moves in with the passwords they have.</source>
        <translation>Her satıra bir kişi: bir ad ve isterseniz parola ile rol (member ya da host); virgül, noktalı virgül ya da sekmeyle ayrılır. Parolası olmayana bir parola üretilir. CSV ya da JSON olarak bcrypt özetli bir kullanıcı tablosu, var olan parolalarıyla taşınır.</translation>
    </message>
    <message>
        <source>Only after a new login.</source>
        <translation>Yalnızca yeniden girişten sonra.</translation>
    </message>
    <message>
        <source>Only frames can be sent again</source>
        <translation>Yalnızca çerçeveler yeniden gönderilebilir</translation>
    </message>
    <message>
        <source>Only hosts</source>
        <translation>Yalnızca ev sahipleri</translation>
    </message>
    <message>
        <source>Only hosts write to everyone</source>
        <translation>Herkese yalnızca ev sahipleri yazar</translation>
    </message>
    <message>
        <source>Only the beginning of this frame was kept</source>
        <translation>Bu çerçevenin yalnızca başı saklandı</translation>
    </message>
    <message>
        <source>Only the host may write to everyone now.</source>
        <translation>Artık herkese yalnızca ev sahibi yazabilir.</translation>
    </message>
    <message>
        <source>Only the node that they are connected to knows their address</source>
        <translation>Adreslerini yalnızca bağlı oldukları düğüm bilir</translation>
    </message>
    <message>
        <source>Only this computer can come in now.</source>
        <translation>Artık yalnızca bu bilgisayar girebilir.</translation>
    </message>
    <message>
        <source>Only this computer can open the address now. Others need it to find the login.</source>
        <translation>Adresi şimdi yalnızca bu bilgisayar açabilir. Ötekilerin girişi bulmak için ona ihtiyacı var.</translation>
    </message>
    <message>
        <source>Only this computer can open this address.</source>
        <translation>Bu adresi yalnızca bu bilgisayar açabilir.</translation>
    </message>
    <message>
        <source>Only this computer can reach it.</source>
        <translation>Yalnızca bu bilgisayar ulaşabilir.</translation>
    </message>
    <message>
        <source>Only you see it.</source>
        <translation>Yalnızca siz görürsünüz.</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>Aç</translation>
    </message>
    <message>
        <source>Open Authws Desktop</source>
        <translation>Authws Desktop&apos;ı aç</translation>
    </message>
    <message>
        <source>Open a file…</source>
        <translation>Dosya aç…</translation>
    </message>
    <message>
        <source>Open a list of names</source>
        <translation>Ad listesi aç</translation>
    </message>
    <message>
        <source>Open account</source>
        <translation>Hesabı aç</translation>
    </message>
    <message>
        <source>Open exported traffic</source>
        <translation>Dışa aktarılmış trafiği aç</translation>
    </message>
    <message>
        <source>Open in browser</source>
        <translation>Tarayıcıda aç</translation>
    </message>
    <message>
        <source>Open this address in a browser on this computer.</source>
        <translation>Bu adresi bu bilgisayardaki bir tarayıcıda açın.</translation>
    </message>
    <message>
        <source>Open {address} in a browser here, or let other devices in.</source>
        <translation>{address} adresini burada bir tarayıcıda açın ya da başka cihazları içeri alın.</translation>
    </message>
    <message>
        <source>Open: anyone who reaches the server</source>
        <translation>Açık: sunucuya ulaşan herkes</translation>
    </message>
    <message>
        <source>Opening {file}</source>
        <translation>{file} açılıyor</translation>
    </message>
    <message>
        <source>Opening {where}…</source>
        <translation>{where} açılıyor…</translation>
    </message>
    <message>
        <source>Opens this window and starts the server when you log in to this computer.</source>
        <translation>Bu bilgisayarda oturum açınca pencereyi açar ve sunucuyu başlatır.</translation>
    </message>
    <message>
        <source>Optional. They are told it when they are disconnected or refused.</source>
        <translation>İsteğe bağlı. Kesilince ya da reddedilince onlara söylenir.</translation>
    </message>
    <message>
        <source>Or allow twice as many from each address; nobody is disconnected.</source>
        <translation>Ya da her adresten iki katına izin verin; kimsenin bağlantısı kesilmez.</translation>
    </message>
    <message>
        <source>Or give everyone twice the time to log in; nobody is disconnected.</source>
        <translation>Ya da herkese giriş için iki kat süre verin; kimsenin bağlantısı kesilmez.</translation>
    </message>
    <message>
        <source>Or let everyone send frames twice as large; nobody is disconnected.</source>
        <translation>Ya da herkesin iki kat büyük çerçeve göndermesine izin verin; kimsenin bağlantısı kesilmez.</translation>
    </message>
    <message>
        <source>Or let twice as much wait for who reads slowly; nobody is disconnected.</source>
        <translation>Ya da yavaş okuyan için iki katı beklesin; kimsenin bağlantısı kesilmez.</translation>
    </message>
    <message>
        <source>Or remove the rule as administrator:</source>
        <translation>Ya da kuralı yönetici olarak kaldırın:</translation>
    </message>
    <message>
        <source>Or use that copy, or quit it first.</source>
        <translation>Ya da o kopyayı kullanın veya önce onu kapatın.</translation>
    </message>
    <message>
        <source>Others in this network use {port}{adapter}.</source>
        <translation>Bu ağdaki diğerleri {port}{adapter} kullanır.</translation>
    </message>
    <message>
        <source>Others may use {port}, but {adapter} is a virtual network or a VPN.</source>
        <translation>Diğerleri {port} kullanabilir, ancak {adapter} sanal bir ağ ya da VPN.</translation>
    </message>
    <message>
        <source>Others reach this server: break their connections, too</source>
        <translation>Bu sunucuya başkaları ulaşıyor: onların bağlantılarını da boz</translation>
    </message>
    <message>
        <source>Out</source>
        <translation>Giden</translation>
    </message>
    <message>
        <source>Out/s</source>
        <translation>Çıkan/sn</translation>
    </message>
    <message>
        <source>Outcome</source>
        <translation>Sonuç</translation>
    </message>
    <message>
        <source>PDF files (*.pdf)</source>
        <translation>PDF dosyaları (*.pdf)</translation>
    </message>
    <message>
        <source>PEM files (*.pem *.crt *.cer *.key);;All files (*)</source>
        <translation>PEM dosyaları (*.pem *.crt *.cer *.key);;Tüm dosyalar (*)</translation>
    </message>
    <message>
        <source>PEM without a password; for your own files.</source>
        <translation>Parolasız PEM; kendi dosyalarınız için.</translation>
    </message>
    <message>
        <source>PEM, with the chain below it; for your own files.</source>
        <translation>PEM, altında zinciriyle; kendi dosyalarınız için.</translation>
    </message>
    <message>
        <source>Pages of {origin} may not connect.</source>
        <translation>{origin} sayfaları bağlanamaz.</translation>
    </message>
    <message>
        <source>Paper</source>
        <translation>Kâğıt</translation>
    </message>
    <message>
        <source>Part</source>
        <translation>Parça</translation>
    </message>
    <message>
        <source>Parts of the token</source>
        <translation>Belirtecin parçaları</translation>
    </message>
    <message>
        <source>Password</source>
        <translation>Parola</translation>
    </message>
    <message>
        <source>Password strength: {strength}</source>
        <translation>Parola gücü: {strength}</translation>
    </message>
    <message>
        <source>Paste</source>
        <translation>Yapıştır</translation>
    </message>
    <message>
        <source>Paste a token here: three parts with dots between them.</source>
        <translation>Buraya bir belirteç yapıştırın: aralarında nokta olan üç parça.</translation>
    </message>
    <message>
        <source>Paste a token to see what it says and whether this server accepts it.</source>
        <translation>Ne dediğini ve bu sunucunun kabul edip etmediğini görmek için bir belirteç yapıştırın.</translation>
    </message>
    <message>
        <source>Paste it into the console of a page on this server, or into a page&apos;s script.</source>
        <translation>Bu sunucudaki bir sayfanın konsoluna ya da bir sayfanın betiğine yapıştırın.</translation>
    </message>
    <message>
        <source>Path</source>
        <translation>Yol</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>Duraklat</translation>
    </message>
    <message>
        <source>Payload as JSON</source>
        <translation>JSON olarak yük</translation>
    </message>
    <message>
        <source>Payload as bytes</source>
        <translation>Bayt olarak yük</translation>
    </message>
    <message>
        <source>Payload as text</source>
        <translation>Metin olarak yük</translation>
    </message>
    <message>
        <source>People</source>
        <translation>Kişiler</translation>
    </message>
    <message>
        <source>People who are logged in</source>
        <translation>Giriş yapmış kişiler</translation>
    </message>
    <message>
        <source>People, invitations, or who waits</source>
        <translation>Kişiler, davetler ya da bekleyenler</translation>
    </message>
    <message>
        <source>Phones join by scanning the code. The password is not kept when the program ends.</source>
        <translation>Telefonlar kodu tarayarak katılır. Program kapanınca parola saklanmaz.</translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation>Resimler</translation>
    </message>
    <message>
        <source>Pictures in the web client</source>
        <translation>Web istemcisinde resimler</translation>
    </message>
    <message>
        <source>Ping</source>
        <translation>Ping</translation>
    </message>
    <message>
        <source>Port</source>
        <translation>Bağlantı noktası</translation>
    </message>
    <message>
        <source>Port {port} is in use by {who}.</source>
        <translation>{port} bağlantı noktası {who} tarafından kullanılıyor.</translation>
    </message>
    <message>
        <source>Presence</source>
        <translation>Varlık</translation>
    </message>
    <message>
        <source>Press / and then Escape to empty the filter, or choose more kinds of rows above.</source>
        <translation>Süzgeci boşaltmak için / ve sonra Escape&apos;e basın ya da yukarıdan daha çok satır türü seçin.</translation>
    </message>
    <message>
        <source>Press Start above to let people connect.</source>
        <translation>İnsanların bağlanması için yukarıda Başlat&apos;a basın.</translation>
    </message>
    <message>
        <source>Press Start to listen on {where}</source>
        <translation>{where} dinlemek için Başlat&apos;a basın</translation>
    </message>
    <message>
        <source>Press Start, then check again.</source>
        <translation>Başlat&apos;a basın, sonra yeniden denetleyin.</translation>
    </message>
    <message>
        <source>Pretty</source>
        <translation>Biçimli</translation>
    </message>
    <message>
        <source>Preview</source>
        <translation>Önizleme</translation>
    </message>
    <message>
        <source>Preview of the sheet</source>
        <translation>Yaprağın önizlemesi</translation>
    </message>
    <message>
        <source>Previous (Shift+Return)</source>
        <translation>Önceki (Shift+Return)</translation>
    </message>
    <message>
        <source>Previous sheet</source>
        <translation>Önceki yaprak</translation>
    </message>
    <message>
        <source>Print the PDF at its real size, then cut along the lines.</source>
        <translation>PDF&apos;yi gerçek boyutunda yazdırıp çizgilerden kesin.</translation>
    </message>
    <message>
        <source>Production</source>
        <translation>Üretim</translation>
    </message>
    <message>
        <source>Program</source>
        <translation>Program</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>İlerleme</translation>
    </message>
    <message>
        <source>Projector</source>
        <translation>Projektör</translation>
    </message>
    <message>
        <source>Put away</source>
        <translation>Kaldır</translation>
    </message>
    <message>
        <source>Put away: the password is not kept anywhere</source>
        <translation>Kaldır: parola hiçbir yerde saklanmaz</translation>
    </message>
    <message>
        <source>Put it back, or begin a new one.</source>
        <translation>Geri koyun ya da yenisine başlayın.</translation>
    </message>
    <message>
        <source>Put one name on each line.</source>
        <translation>Her satıra bir ad yazın.</translation>
    </message>
    <message>
        <source>Put the file back, or ban somebody, which writes it again.</source>
        <translation>Dosyayı geri koyun ya da birini yasaklayın; dosya yeniden yazılır.</translation>
    </message>
    <message>
        <source>Put the file back, or renew the secret, which writes it again.</source>
        <translation>Dosyayı geri koyun ya da imza anahtarını yenileyin; dosya yeniden yazılır.</translation>
    </message>
    <message>
        <source>Put the file back, or restart the program to begin with what is there.</source>
        <translation>Dosyayı geri koyun ya da var olanla başlamak için programı yeniden başlatın.</translation>
    </message>
    <message>
        <source>Put the file back, or save a setting, which writes it again.</source>
        <translation>Dosyayı geri koyun ya da bir ayarı kaydedin; dosya yeniden yazılır.</translation>
    </message>
    <message>
        <source>Put the right file in its place, then restart the program.</source>
        <translation>Doğru dosyayı yerine koyun, sonra programı yeniden başlatın.</translation>
    </message>
    <message>
        <source>QR code of {address}</source>
        <translation>{address} QR kodu</translation>
    </message>
    <message>
        <source>QR code of {address}. Press Escape to close.</source>
        <translation>{address} QR kodu. Kapatmak için Escape.</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>Çık</translation>
    </message>
    <message>
        <source>Quit and lose the passwords?</source>
        <translation>Çıkıp parolalar kaybedilsin mi?</translation>
    </message>
    <message>
        <source>Raise its limit (ulimit -n, or LimitNOFILE of a service) to {needed} and start it again.</source>
        <translation>Sınırını (ulimit -n ya da bir hizmetin LimitNOFILE değeri) {needed} yapın ve yeniden başlatın.</translation>
    </message>
    <message>
        <source>Raw</source>
        <translation>Ham</translation>
    </message>
    <message>
        <source>Reachable from: {scope}</source>
        <translation>Erişim: {scope}</translation>
    </message>
    <message>
        <source>Reached from this computer. Now try it from another one.</source>
        <translation>Bu bilgisayardan ulaşıldı. Şimdi başka birinden deneyin.</translation>
    </message>
    <message>
        <source>Reached from {address} in {time} ms</source>
        <translation>{address} adresinden {time} ms&apos;de ulaşıldı</translation>
    </message>
    <message>
        <source>Read line {done} of {all}</source>
        <translation>{all} satırdan {done} okundu</translation>
    </message>
    <message>
        <source>Reads too slowly ({code}).</source>
        <translation>Çok yavaş okuyor ({code}).</translation>
    </message>
    <message>
        <source>Real accounts with real connections, in a process of their own. Their names begin with bot-, and they are removed at the end.</source>
        <translation>Ayrı bir işlemde, gerçek bağlantılı gerçek hesaplar. Adları bot- ile başlar ve sonunda kaldırılırlar.</translation>
    </message>
    <message>
        <source>Reason</source>
        <translation>Neden</translation>
    </message>
    <message>
        <source>Received</source>
        <translation>Alınan</translation>
    </message>
    <message>
        <source>Received; nothing was passed on.</source>
        <translation>Alındı; hiçbir şey iletilmedi.</translation>
    </message>
    <message>
        <source>Recording {file}</source>
        <translation>{file} kaydı</translation>
    </message>
    <message>
        <source>Refused</source>
        <translation>Reddedilen</translation>
    </message>
    <message>
        <source>Registration</source>
        <translation>Kayıt</translation>
    </message>
    <message>
        <source>Registration is closed: invitations do not work.</source>
        <translation>Kayıt kapalı: davetler çalışmaz.</translation>
    </message>
    <message>
        <source>Registration is open: nobody needs an invitation.</source>
        <translation>Kayıt açık: kimsenin davete ihtiyacı yok.</translation>
    </message>
    <message>
        <source>Registration needs an invitation code.</source>
        <translation>Kayıt bir davet kodu gerektirir.</translation>
    </message>
    <message>
        <source>Registration needs your approval: invitations are not asked for.</source>
        <translation>Kayıt onayınızı gerektirir: davet istenmez.</translation>
    </message>
    <message>
        <source>Registrations</source>
        <translation>Kayıtlar</translation>
    </message>
    <message>
        <source>Registrations in 15 minutes from one address; 0 switches the limit off.</source>
        <translation>Bir adresten 15 dakikadaki kayıtlar; 0 sınırı kapatır.</translation>
    </message>
    <message>
        <source>Remember this message</source>
        <translation>Bu iletiyi hatırla</translation>
    </message>
    <message>
        <source>Remove it after the event.</source>
        <translation>Etkinlikten sonra kaldırın.</translation>
    </message>
    <message>
        <source>Remove it, or write {settings_version}.</source>
        <translation>Kaldırın ya da {settings_version} yazın.</translation>
    </message>
    <message>
        <source>Remove it.</source>
        <translation>Kaldırın.</translation>
    </message>
    <message>
        <source>Repair it, or move it away to start without bans.</source>
        <translation>Onarın ya da yasaksız başlamak için taşıyın.</translation>
    </message>
    <message>
        <source>Replace</source>
        <translation>Değiştir</translation>
    </message>
    <message>
        <source>Replace it.</source>
        <translation>Değiştirin.</translation>
    </message>
    <message>
        <source>Replace the signing secret</source>
        <translation>İmza anahtarını değiştir</translation>
    </message>
    <message>
        <source>Replace…</source>
        <translation>Değiştir…</translation>
    </message>
    <message>
        <source>Request</source>
        <translation>İstek</translation>
    </message>
    <message>
        <source>Require approval</source>
        <translation>Onay iste</translation>
    </message>
    <message>
        <source>Require invitations</source>
        <translation>Davet iste</translation>
    </message>
    <message>
        <source>Resend</source>
        <translation>Yeniden gönder</translation>
    </message>
    <message>
        <source>Resend…</source>
        <translation>Yeniden gönder…</translation>
    </message>
    <message>
        <source>Reset password</source>
        <translation>Parolayı sıfırla</translation>
    </message>
    <message>
        <source>Reset password of {name}</source>
        <translation>{name} parolasını sıfırla</translation>
    </message>
    <message>
        <source>Reset passwords</source>
        <translation>Parolaları sıfırla</translation>
    </message>
    <message>
        <source>Reset passwords of {accounts}</source>
        <translation>{accounts} parolalarını sıfırla</translation>
    </message>
    <message>
        <source>Response</source>
        <translation>Yanıt</translation>
    </message>
    <message>
        <source>Restore it from a backup, or move it away to start with no accounts.</source>
        <translation>Yedekten geri yükleyin ya da hesapsız başlamak için taşıyın.</translation>
    </message>
    <message>
        <source>Restore it from a backup, or move it away: then a new secret is made and everyone logs in again.</source>
        <translation>Yedekten geri yükleyin ya da taşıyın: o zaman yeni bir imza anahtarı yapılır ve herkes yeniden giriş yapar.</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>Sürdür</translation>
    </message>
    <message>
        <source>Revert</source>
        <translation>Geri al</translation>
    </message>
    <message>
        <source>Revoke</source>
        <translation>İptal et</translation>
    </message>
    <message>
        <source>Revoke all</source>
        <translation>Tümünü iptal et</translation>
    </message>
    <message>
        <source>Revoke all sessions of {whom}?</source>
        <translation>{whom} oturumlarının tümü iptal edilsin mi?</translation>
    </message>
    <message>
        <source>Revoke all…</source>
        <translation>Tümünü iptal et…</translation>
    </message>
    <message>
        <source>Revoke invitations?</source>
        <translation>Davetler iptal edilsin mi?</translation>
    </message>
    <message>
        <source>Revoke some that are no longer needed.</source>
        <translation>Artık gerekmeyen birkaçını iptal edin.</translation>
    </message>
    <message>
        <source>Revokes {invitations}. Their links stop working at once.</source>
        <translation>{invitations} iptal edilir. Bağlantıları hemen çalışmaz olur.</translation>
    </message>
    <message>
        <source>Revokes {sessions} and ends {connections}.</source>
        <translation>{sessions} iptal edilir ve {connections} sonlanır.</translation>
    </message>
    <message>
        <source>Revoke…</source>
        <translation>İptal et…</translation>
    </message>
    <message>
        <source>Role</source>
        <translation>Rol</translation>
    </message>
    <message>
        <source>Roles are &apos;host&apos; and &apos;member&apos;.</source>
        <translation>Roller &apos;host&apos; ve &apos;member&apos; olur.</translation>
    </message>
    <message>
        <source>Room</source>
        <translation>Oda</translation>
    </message>
    <message>
        <source>Round trip of the last WebSocket ping</source>
        <translation>Son WebSocket ping&apos;inin gidiş dönüşü</translation>
    </message>
    <message>
        <source>Rows</source>
        <translation>Satırlar</translation>
    </message>
    <message>
        <source>Rows after these</source>
        <translation>Bunlardan sonraki satırlar</translation>
    </message>
    <message>
        <source>Rows before these</source>
        <translation>Bunlardan önceki satırlar</translation>
    </message>
    <message>
        <source>Rows kept</source>
        <translation>Tutulan satırlar</translation>
    </message>
    <message>
        <source>Rows of all nodes</source>
        <translation>Tüm düğümlerin satırları</translation>
    </message>
    <message>
        <source>Rows side by side</source>
        <translation>Satırlar yan yana</translation>
    </message>
    <message>
        <source>Rules of nftables can be read by root only; to see them:</source>
        <translation>nftables kurallarını yalnızca root okuyabilir; görmek için:</translation>
    </message>
    <message>
        <source>Running</source>
        <translation>Çalışıyor</translation>
    </message>
    <message>
        <source>S&amp;ort by</source>
        <translation>S&amp;ırala</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>Kaydet</translation>
    </message>
    <message>
        <source>Save (Ctrl+S)</source>
        <translation>Kaydet (Ctrl+S)</translation>
    </message>
    <message>
        <source>Save CSV…</source>
        <translation>CSV kaydet…</translation>
    </message>
    <message>
        <source>Save and disconnect?</source>
        <translation>Kaydedip bağlantılar kesilsin mi?</translation>
    </message>
    <message>
        <source>Save as PDF…</source>
        <translation>PDF olarak kaydet…</translation>
    </message>
    <message>
        <source>Save it as &apos;CSV UTF-8&apos; and try again.</source>
        <translation>&apos;CSV UTF-8&apos; olarak kaydedip yeniden deneyin.</translation>
    </message>
    <message>
        <source>Save it as Client.cs and add it to an object of the scene.</source>
        <translation>Client.cs olarak kaydedin ve sahnedeki bir nesneye ekleyin.</translation>
    </message>
    <message>
        <source>Save it as Client.java.</source>
        <translation>Client.java olarak kaydedin.</translation>
    </message>
    <message>
        <source>Save it as UTF-8.</source>
        <translation>UTF-8 olarak kaydedin.</translation>
    </message>
    <message>
        <source>Save it as client.mjs.</source>
        <translation>client.mjs olarak kaydedin.</translation>
    </message>
    <message>
        <source>Save login cards</source>
        <translation>Giriş kartlarını kaydet</translation>
    </message>
    <message>
        <source>Save names and passwords</source>
        <translation>Ad ve parolaları kaydet</translation>
    </message>
    <message>
        <source>Save this filter</source>
        <translation>Bu süzgeci kaydet</translation>
    </message>
    <message>
        <source>Saved filters</source>
        <translation>Kayıtlı süzgeçler</translation>
    </message>
    <message>
        <source>Saved {file}. It holds passwords: delete it once the cards are printed.</source>
        <translation>{file} kaydedildi. Parolalar içerir: kartlar yazdırılınca silin.</translation>
    </message>
    <message>
        <source>Saved {file}. It holds passwords: delete it once they are handed on.</source>
        <translation>{file} kaydedildi. Parolalar içerir: verilince silin.</translation>
    </message>
    <message>
        <source>Saved.</source>
        <translation>Kaydedildi.</translation>
    </message>
    <message>
        <source>Say this to everyone who is logged in</source>
        <translation>Giriş yapmış herkese söyle</translation>
    </message>
    <message>
        <source>Scan the code with a phone in the same network. It proves more than any setting.</source>
        <translation>Aynı ağdaki bir telefonla kodu tarayın. Her ayardan fazlasını kanıtlar.</translation>
    </message>
    <message>
        <source>Scan the code, or open</source>
        <translation>Kodu tarayın ya da açın:</translation>
    </message>
    <message>
        <source>Scan the code, or open this address in a browser.</source>
        <translation>Kodu tarayın ya da bu adresi bir tarayıcıda açın.</translation>
    </message>
    <message>
        <source>Scope set by {source}</source>
        <translation>Kapsamı {source} belirliyor</translation>
    </message>
    <message>
        <source>Search  /</source>
        <translation>Ara  /</translation>
    </message>
    <message>
        <source>Search accounts</source>
        <translation>Hesap ara</translation>
    </message>
    <message>
        <source>Search accounts  /</source>
        <translation>Hesap ara  /</translation>
    </message>
    <message>
        <source>Search connected users</source>
        <translation>Bağlı kullanıcı ara</translation>
    </message>
    <message>
        <source>Search settings</source>
        <translation>Ayar ara</translation>
    </message>
    <message>
        <source>Search the acts</source>
        <translation>İşlem ara</translation>
    </message>
    <message>
        <source>Search the log</source>
        <translation>Günlükte ara</translation>
    </message>
    <message>
        <source>Search users</source>
        <translation>Kullanıcı ara</translation>
    </message>
    <message>
        <source>Security</source>
        <translation>Güvenlik</translation>
    </message>
    <message>
        <source>Seed of chance</source>
        <translation>Rastgelelik tohumu</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>Gönder</translation>
    </message>
    <message>
        <source>Send (Ctrl+Return)</source>
        <translation>Gönder (Ctrl+Return)</translation>
    </message>
    <message>
        <source>Send as server</source>
        <translation>Sunucu olarak gönder</translation>
    </message>
    <message>
        <source>Send as server… (to whom is chosen below, or to everyone)</source>
        <translation>Sunucu olarak gönder… (aşağıda seçilenlere ya da herkese)</translation>
    </message>
    <message>
        <source>Send buffer</source>
        <translation>Gönderme arabelleği</translation>
    </message>
    <message>
        <source>Send it again when the recipient is there.</source>
        <translation>Alıcı oradayken yeniden gönderin.</translation>
    </message>
    <message>
        <source>Send it as UTF-8.</source>
        <translation>UTF-8 olarak gönderin.</translation>
    </message>
    <message>
        <source>Send message…</source>
        <translation>İleti gönder…</translation>
    </message>
    <message>
        <source>Send this frame again…</source>
        <translation>Bu çerçeveyi yeniden gönder…</translation>
    </message>
    <message>
        <source>Sent</source>
        <translation>Gönderilen</translation>
    </message>
    <message>
        <source>Sent to {connections}</source>
        <translation>Gönderildi: {connections}</translation>
    </message>
    <message>
        <source>Sent to {connections}.</source>
        <translation>Gönderildi: {connections}.</translation>
    </message>
    <message>
        <source>Separated by commas · default none</source>
        <translation>Virgülle ayrılır · varsayılan yok</translation>
    </message>
    <message>
        <source>Server is stopping ({code}).</source>
        <translation>Sunucu duruyor ({code}).</translation>
    </message>
    <message>
        <source>Server listens anew.</source>
        <translation>Sunucu yeniden dinliyor.</translation>
    </message>
    <message>
        <source>Server {state}.</source>
        <translation>Sunucu {state}.</translation>
    </message>
    <message>
        <source>Server: {state}</source>
        <translation>Sunucu: {state}</translation>
    </message>
    <message>
        <source>Sessions</source>
        <translation>Oturumlar</translation>
    </message>
    <message>
        <source>Sessions of the account</source>
        <translation>Hesabın oturumları</translation>
    </message>
    <message>
        <source>Set HOME, or name a folder: --data-dir FOLDER.</source>
        <translation>HOME değişkenini ayarlayın ya da bir klasör belirtin: --data-dir FOLDER.</translation>
    </message>
    <message>
        <source>Set a longer one.</source>
        <translation>Daha uzun bir tane belirleyin.</translation>
    </message>
    <message>
        <source>Set by JWT_SECRET (environment)</source>
        <translation>JWT_SECRET (ortam) belirliyor</translation>
    </message>
    <message>
        <source>Set by {source}</source>
        <translation>{source} belirliyor</translation>
    </message>
    <message>
        <source>Set it to a long random text.</source>
        <translation>Uzun, rastgele bir metin yapın.</translation>
    </message>
    <message>
        <source>Sets what is kept, what newcomers see and whether guests may come in, all with one choice.</source>
        <translation>Nelerin saklandığını, yeni gelenlerin ne gördüğünü ve konukların girip giremeyeceğini tek seçimle belirler.</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>Ayarlar</translation>
    </message>
    <message>
        <source>Settings changed.</source>
        <translation>Ayarlar değiştirildi.</translation>
    </message>
    <message>
        <source>Settings of all nodes: revision {number}</source>
        <translation>Tüm düğümlerin ayarları: sürüm {number}</translation>
    </message>
    <message>
        <source>Sheet {sheet} of {all}</source>
        <translation>Yaprak {sheet} / {all}</translation>
    </message>
    <message>
        <source>Sheet {sheet} of {all} is done.</source>
        <translation>Yaprak {sheet} / {all} bitti.</translation>
    </message>
    <message>
        <source>Shortest password</source>
        <translation>En kısa parola</translation>
    </message>
    <message>
        <source>Should it connect again?</source>
        <translation>Yeniden bağlanmalı mı?</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>Göster</translation>
    </message>
    <message>
        <source>Show &amp;QR code and addresses</source>
        <translation>&amp;QR kodu ve adresleri göster</translation>
    </message>
    <message>
        <source>Show all</source>
        <translation>Tümünü göster</translation>
    </message>
    <message>
        <source>Show in the traffic</source>
        <translation>Trafikte göster</translation>
    </message>
    <message>
        <source>Show it on the whole screen</source>
        <translation>Tam ekranda göster</translation>
    </message>
    <message>
        <source>Show its code</source>
        <translation>Kodunu göster</translation>
    </message>
    <message>
        <source>Show older</source>
        <translation>Daha eskileri göster</translation>
    </message>
    <message>
        <source>Show only connection #{number}</source>
        <translation>Yalnızca #{number} bağlantısını göster</translation>
    </message>
    <message>
        <source>Show only lines with problems</source>
        <translation>Yalnızca sorunlu satırları göster</translation>
    </message>
    <message>
        <source>Show only type {type}</source>
        <translation>Yalnızca {type} türünü göster</translation>
    </message>
    <message>
        <source>Show only user {name}</source>
        <translation>Yalnızca {name} kullanıcısını göster</translation>
    </message>
    <message>
        <source>Show or hide the connected users (Ctrl+B)</source>
        <translation>Bağlı kullanıcıları göster ya da gizle (Ctrl+B)</translation>
    </message>
    <message>
        <source>Show or leave out these rows; the count is of all that came since the last Clear</source>
        <translation>Bu satırları göster ya da atla; sayı son temizlemeden beri gelenlerin tümüdür</translation>
    </message>
    <message>
        <source>Show password</source>
        <translation>Parolayı göster</translation>
    </message>
    <message>
        <source>Show the QR code and all addresses</source>
        <translation>QR kodunu ve tüm adresleri göster</translation>
    </message>
    <message>
        <source>Show the code</source>
        <translation>Kodu göster</translation>
    </message>
    <message>
        <source>Show the code large</source>
        <translation>Kodu büyük göster</translation>
    </message>
    <message>
        <source>Show the code of the address on the whole screen</source>
        <translation>Adresin kodunu tam ekranda göster</translation>
    </message>
    <message>
        <source>Show the secret</source>
        <translation>Anahtarı göster</translation>
    </message>
    <message>
        <source>Show traffic</source>
        <translation>Trafiği göster</translation>
    </message>
    <message>
        <source>Show what the server answered as rows of their own (E); each request tells its outcome</source>
        <translation>Sunucunun yanıtlarını ayrı satırlarda göster (E); her istek sonucunu söyler</translation>
    </message>
    <message>
        <source>Signed by none of the keys of your backend.</source>
        <translation>Arka ucunuzun anahtarlarından hiçbiriyle imzalanmamış.</translation>
    </message>
    <message>
        <source>Signed with HS256.</source>
        <translation>HS256 ile imzalanmış.</translation>
    </message>
    <message>
        <source>Signed with a secret this server does not accept.</source>
        <translation>Bu sunucunun kabul etmediği bir anahtarla imzalanmış.</translation>
    </message>
    <message>
        <source>Signed with {algorithm} by a key of your backend.</source>
        <translation>{algorithm} ile, arka ucunuzun bir anahtarıyla imzalanmış.</translation>
    </message>
    <message>
        <source>Signed with {current} ({id}).</source>
        <translation>{current} ({id}) ile imzalanmış.</translation>
    </message>
    <message>
        <source>Signing secret</source>
        <translation>İmza anahtarı</translation>
    </message>
    <message>
        <source>Signing secret was changed ({code}).</source>
        <translation>İmza anahtarı değiştirildi ({code}).</translation>
    </message>
    <message>
        <source>Signs every login. Whoever knows it can log in as anybody.</source>
        <translation>Her girişi imzalar. Bilen herkes gibi giriş yapabilir.</translation>
    </message>
    <message>
        <source>Since</source>
        <translation>Başlangıç</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>Boyut</translation>
    </message>
    <message>
        <source>Snippets</source>
        <translation>Örnekler</translation>
    </message>
    <message>
        <source>Some of it is as you set it.</source>
        <translation>Bir bölümünü siz belirlediniz.</translation>
    </message>
    <message>
        <source>Somebody connected to your server.</source>
        <translation>Biri sunucunuza bağlandı.</translation>
    </message>
    <message>
        <source>Somebody else changed it meanwhile: the program reads it again.</source>
        <translation>Bu arada başkası değiştirdi: program yeniden okuyor.</translation>
    </message>
    <message>
        <source>Somebody new</source>
        <translation>Yeni biri</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>Başlat</translation>
    </message>
    <message>
        <source>Start the server</source>
        <translation>Sunucuyu başlat</translation>
    </message>
    <message>
        <source>Start the server and copy its address</source>
        <translation>Sunucuyu başlat ve adresini kopyala</translation>
    </message>
    <message>
        <source>Start the server first</source>
        <translation>Önce sunucuyu başlatın</translation>
    </message>
    <message>
        <source>Start the server: logins, connections and messages show up here.</source>
        <translation>Sunucuyu başlatın: girişler, bağlantılar ve iletiler burada görünür.</translation>
    </message>
    <message>
        <source>Start when I log in</source>
        <translation>Giriş yaptığımda başlat</translation>
    </message>
    <message>
        <source>Start with this computer</source>
        <translation>Bu bilgisayarla başlat</translation>
    </message>
    <message>
        <source>Starting</source>
        <translation>Başlatılıyor</translation>
    </message>
    <message>
        <source>State</source>
        <translation>Durum</translation>
    </message>
    <message>
        <source>Status</source>
        <translation>Durum</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>Durdur</translation>
    </message>
    <message>
        <source>Stop and start the server to make one that does.</source>
        <translation>İçeren bir tane yapılması için sunucuyu durdurup başlatın.</translation>
    </message>
    <message>
        <source>Stop the server</source>
        <translation>Sunucuyu durdur</translation>
    </message>
    <message>
        <source>Stop the server?</source>
        <translation>Sunucu durdurulsun mu?</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>Durduruldu</translation>
    </message>
    <message>
        <source>Stopped; the virtual users are removed.</source>
        <translation>Durduruldu; sanal kullanıcılar kaldırıldı.</translation>
    </message>
    <message>
        <source>Stopping</source>
        <translation>Durduruluyor</translation>
    </message>
    <message>
        <source>Strip of time</source>
        <translation>Zaman şeridi</translation>
    </message>
    <message>
        <source>Strong</source>
        <translation>Güçlü</translation>
    </message>
    <message>
        <source>Switch on</source>
        <translation>Aç</translation>
    </message>
    <message>
        <source>TCP port for HTTP and WebSocket. 0 takes any free one.</source>
        <translation>HTTP ve WebSocket için TCP bağlantı noktası. 0 boş birini alır.</translation>
    </message>
    <message>
        <source>Take clients again</source>
        <translation>Yeniden istemci al</translation>
    </message>
    <message>
        <source>Take down</source>
        <translation>İndir</translation>
    </message>
    <message>
        <source>Take the mark away</source>
        <translation>İşareti kaldır</translation>
    </message>
    <message>
        <source>Takes effect at once · default off</source>
        <translation>Hemen geçerli · varsayılan kapalı</translation>
    </message>
    <message>
        <source>Takes effect at once.</source>
        <translation>Hemen geçerli olur.</translation>
    </message>
    <message>
        <source>Takes effect at once. Nobody is disconnected.</source>
        <translation>Hemen geçerli. Kimsenin bağlantısı kesilmez.</translation>
    </message>
    <message>
        <source>Tell of newcomers</source>
        <translation>Yeni gelenleri bildir</translation>
    </message>
    <message>
        <source>Tell of refused logins</source>
        <translation>Reddedilen girişleri bildir</translation>
    </message>
    <message>
        <source>Tell of the first client</source>
        <translation>İlk istemciyi bildir</translation>
    </message>
    <message>
        <source>Templates</source>
        <translation>Şablonlar</translation>
    </message>
    <message>
        <source>Terms side by side must all hold: leave out “&amp;&amp;”.</source>
        <translation>Yan yana terimlerin tümü sağlanmalıdır: “&amp;&amp;” yazmayın.</translation>
    </message>
    <message>
        <source>Terms side by side must all hold: leave out “&amp;”.</source>
        <translation>Yan yana terimlerin tümü sağlanmalıdır: “&amp;” yazmayın.</translation>
    </message>
    <message>
        <source>Terms side by side must all hold: leave out “and”, or quote it to search for the word.</source>
        <translation>Yan yana terimlerin tümü sağlanmalıdır: “and” yazmayın ya da sözcüğü aramak için tırnak içine alın.</translation>
    </message>
    <message>
        <source>Test user {name}</source>
        <translation>Deneme kullanıcısı {name}</translation>
    </message>
    <message>
        <source>That did not work because of a mistake in this program. The log has the details.</source>
        <translation>Bu programdaki bir hata yüzünden olmadı. Ayrıntılar günlükte.</translation>
    </message>
    <message>
        <source>The JSON {what}.</source>
        <translation>JSON {what}.</translation>
    </message>
    <message>
        <source>The Live page tells more.</source>
        <translation>Canlı sayfası daha fazlasını söyler.</translation>
    </message>
    <message>
        <source>The account &apos;{name}&apos; was changed meanwhile (by: unknown).</source>
        <translation>&apos;{name}&apos; hesabı bu arada değiştirildi (değiştiren: bilinmiyor).</translation>
    </message>
    <message>
        <source>The account &apos;{name}&apos; was changed meanwhile (by: {by}).</source>
        <translation>&apos;{name}&apos; hesabı bu arada değiştirildi (değiştiren: {by}).</translation>
    </message>
    <message>
        <source>The account &apos;{username}&apos; is disabled.</source>
        <translation>&apos;{username}&apos; hesabı devre dışı.</translation>
    </message>
    <message>
        <source>The account &apos;{username}&apos;.</source>
        <translation>&apos;{username}&apos; hesabı.</translation>
    </message>
    <message>
        <source>The account does not exist or was deleted.</source>
        <translation>Hesap yok ya da silinmiş.</translation>
    </message>
    <message>
        <source>The account of this token is disabled.</source>
        <translation>Bu belirtecin hesabı devre dışı.</translation>
    </message>
    <message>
        <source>The account of this token no longer exists.</source>
        <translation>Bu belirtecin hesabı artık yok.</translation>
    </message>
    <message>
        <source>The account was deleted: make it anew, or let the client log in as somebody else.</source>
        <translation>Hesap silinmiş: yeniden oluşturun ya da istemci başka biri olarak giriş yapsın.</translation>
    </message>
    <message>
        <source>The accounts database is closed.</source>
        <translation>Hesap veritabanı kapalı.</translation>
    </message>
    <message>
        <source>The ban would be over already.</source>
        <translation>Yasak çoktan bitmiş olurdu.</translation>
    </message>
    <message>
        <source>The bans cannot be saved to {file} ({strerror}).</source>
        <translation>Yasaklar {file} dosyasına kaydedilemiyor ({strerror}).</translation>
    </message>
    <message>
        <source>The bans in {file} are gone.</source>
        <translation>{file} içindeki yasaklar yok olmuş.</translation>
    </message>
    <message>
        <source>The bans in {file} cannot be read ({strerror}).</source>
        <translation>{file} içindeki yasaklar okunamıyor ({strerror}).</translation>
    </message>
    <message>
        <source>The bans in {file} cannot be understood: the file is damaged or of a newer version of this program.</source>
        <translation>{file} içindeki yasaklar anlaşılamıyor: dosya bozuk ya da bu programın daha yeni bir sürümünden.</translation>
    </message>
    <message>
        <source>The bar above offers what can be done, such as another port.</source>
        <translation>Yukarıdaki çubuk yapılabilecekleri sunar, örneğin başka bir bağlantı noktası.</translation>
    </message>
    <message>
        <source>The certificate cannot be kept in {folder} ({strerror}).</source>
        <translation>Sertifika {folder} içinde saklanamıyor ({strerror}).</translation>
    </message>
    <message>
        <source>The certificate does not hold {names}.</source>
        <translation>Sertifika {names} içermiyor.</translation>
    </message>
    <message>
        <source>The certificate does not hold {names}: its authority was made for other addresses.</source>
        <translation>Sertifika {names} içermiyor: yetkilisi başka adresler için yapılmış.</translation>
    </message>
    <message>
        <source>The certificate expired on {not_after}: browsers refuse it.</source>
        <translation>Sertifikanın süresi {not_after} tarihinde doldu: tarayıcılar reddeder.</translation>
    </message>
    <message>
        <source>The certificate {file} expired on {not_valid_after_utc}.</source>
        <translation>{file} sertifikasının süresi {not_valid_after_utc} tarihinde doldu.</translation>
    </message>
    <message>
        <source>The certificate {file} is not valid before {begin}.</source>
        <translation>{file} sertifikası {begin} tarihinden önce geçerli değil.</translation>
    </message>
    <message>
        <source>The chosen account</source>
        <translation>Seçilen hesap</translation>
    </message>
    <message>
        <source>The chosen line</source>
        <translation>Seçilen satır</translation>
    </message>
    <message>
        <source>The chosen value</source>
        <translation>Seçilen değer</translation>
    </message>
    <message>
        <source>The client can wait as long as the error says.</source>
        <translation>İstemci, hatanın söylediği kadar bekleyebilir.</translation>
    </message>
    <message>
        <source>The client has a token of another server: let it log in here.</source>
        <translation>İstemcide başka bir sunucunun belirteci var: burada giriş yapsın.</translation>
    </message>
    <message>
        <source>The client sends something else than the token that the login returned.</source>
        <translation>İstemci, girişin verdiği belirteçten başka bir şey gönderiyor.</translation>
    </message>
    <message>
        <source>The clocks of the two computers differ: set them by the network.</source>
        <translation>İki bilgisayarın saati farklı: ağ üzerinden ayarlayın.</translation>
    </message>
    <message>
        <source>The closing quote is missing.</source>
        <translation>Kapanış tırnağı eksik.</translation>
    </message>
    <message>
        <source>The code has ended. Press it for a new one.</source>
        <translation>Kodun süresi doldu. Yenisi için ona basın.</translation>
    </message>
    <message>
        <source>The connection ended without a goodbye.</source>
        <translation>Bağlantı vedasız bitti.</translation>
    </message>
    <message>
        <source>The database address is not valid.</source>
        <translation>Veritabanı adresi geçerli değil.</translation>
    </message>
    <message>
        <source>The disk is full: make room, then try again.</source>
        <translation>Disk dolu: yer açın, sonra yeniden deneyin.</translation>
    </message>
    <message>
        <source>The driver for &apos;{drivername}&apos; is not installed ({error}).</source>
        <translation>&apos;{drivername}&apos; sürücüsü kurulu değil ({error}).</translation>
    </message>
    <message>
        <source>The expiry must be in the future.</source>
        <translation>Bitiş zamanı gelecekte olmalıdır.</translation>
    </message>
    <message>
        <source>The export was called off; no file was written.</source>
        <translation>Dışa aktarma iptal edildi; dosya yazılmadı.</translation>
    </message>
    <message>
        <source>The file {file} cannot be read ({error}).</source>
        <translation>{file} dosyası okunamıyor ({error}).</translation>
    </message>
    <message>
        <source>The file {file} cannot be read ({strerror}).</source>
        <translation>{file} dosyası okunamıyor ({strerror}).</translation>
    </message>
    <message>
        <source>The file {file} cannot be used ({error}).</source>
        <translation>{file} dosyası kullanılamıyor ({error}).</translation>
    </message>
    <message>
        <source>The file {file} cannot be used ({strerror}).</source>
        <translation>{file} dosyası kullanılamıyor ({strerror}).</translation>
    </message>
    <message>
        <source>The file {file} cannot grow: the disk is full.</source>
        <translation>{file} dosyası büyüyemiyor: disk dolu.</translation>
    </message>
    <message>
        <source>The file {file} is damaged or is no history.</source>
        <translation>{file} dosyası bozuk ya da bir geçmiş değil.</translation>
    </message>
    <message>
        <source>The file {file} is locked by another program.</source>
        <translation>{file} dosyası başka bir program tarafından kilitli.</translation>
    </message>
    <message>
        <source>The file {file} is not a certificate in PEM format.</source>
        <translation>{file} dosyası PEM biçiminde bir sertifika değil.</translation>
    </message>
    <message>
        <source>The file {file} is not a key in PEM format.</source>
        <translation>{file} dosyası PEM biçiminde bir anahtar değil.</translation>
    </message>
    <message>
        <source>The file {file} is read-only.</source>
        <translation>{file} dosyası salt okunur.</translation>
    </message>
    <message>
        <source>The file {file} was deleted or moved away.</source>
        <translation>{file} dosyası silinmiş ya da taşınmış.</translation>
    </message>
    <message>
        <source>The file {file} was replaced by another program.</source>
        <translation>{file} dosyası başka bir program tarafından değiştirilmiş.</translation>
    </message>
    <message>
        <source>The file {file} was written by a newer version of this program.</source>
        <translation>{file} dosyası bu programın daha yeni bir sürümüyle yazılmış.</translation>
    </message>
    <message>
        <source>The file {key_file} is not a key in PEM format.</source>
        <translation>{key_file} dosyası PEM biçiminde bir anahtar değil.</translation>
    </message>
    <message>
        <source>The firewall ufw blocks port {port}: no rule allows it.</source>
        <translation>ufw güvenlik duvarı {port} numaralı bağlantı noktasını engelliyor: izin veren kural yok.</translation>
    </message>
    <message>
        <source>The firewall ufw is on; only root may read its rules.</source>
        <translation>ufw güvenlik duvarı açık; kurallarını yalnızca root okuyabilir.</translation>
    </message>
    <message>
        <source>The firewall ufw lets everything through.</source>
        <translation>ufw güvenlik duvarı her şeyi geçiriyor.</translation>
    </message>
    <message>
        <source>The firewall ufw lets port {port} through.</source>
        <translation>ufw güvenlik duvarı {port} numaralı bağlantı noktasını geçiriyor.</translation>
    </message>
    <message>
        <source>The hash has the cost {value}; it may be from {min_foreign_cost} to {max_foreign_cost}.</source>
        <translation>Özetin maliyeti {value}; {min_foreign_cost} ile {max_foreign_cost} arasında olabilir.</translation>
    </message>
    <message>
        <source>The hash is not bcrypt&apos;s ($2a$, $2b$ or $2y$).</source>
        <translation>Özet bcrypt özeti değil ($2a$, $2b$ ya da $2y$).</translation>
    </message>
    <message>
        <source>The header Allow of the answer has the methods.</source>
        <translation>Yanıtın Allow başlığında yöntemler var.</translation>
    </message>
    <message>
        <source>The header has no algorithm, or the claims are no object.</source>
        <translation>Başlıkta algoritma yok ya da bildirimler bir nesne değil.</translation>
    </message>
    <message>
        <source>The history is off. Give it a size in the settings, group Traffic: History file.</source>
        <translation>Geçmiş kapalı. Ayarlarda Trafik grubunda bir boyut verin: Geçmiş dosyası.</translation>
    </message>
    <message>
        <source>The history stopped; the server goes on. {reason}</source>
        <translation>Geçmiş durdu; sunucu sürüyor. {reason}</translation>
    </message>
    <message>
        <source>The host can allow this origin.</source>
        <translation>Ev sahibi bu kaynağa izin verebilir.</translation>
    </message>
    <message>
        <source>The host comes from {host}, the port from {port}.</source>
        <translation>Makine adı {host} kaynağından, bağlantı noktası {port} kaynağından geliyor.</translation>
    </message>
    <message>
        <source>The host has banned this account.</source>
        <translation>Ev sahibi bu hesabı yasakladı.</translation>
    </message>
    <message>
        <source>The kept messages are closed.</source>
        <translation>Saklanan iletiler kapalı.</translation>
    </message>
    <message>
        <source>The kept messages cannot be used because of a mistake in the program.</source>
        <translation>Programdaki bir hata yüzünden saklanan iletiler kullanılamıyor.</translation>
    </message>
    <message>
        <source>The key {key_file} does not belong to {certificate_file}.</source>
        <translation>{key_file} anahtarı {certificate_file} ile eşleşmiyor.</translation>
    </message>
    <message>
        <source>The key {key_file} has a password.</source>
        <translation>{key_file} anahtarının parolası var.</translation>
    </message>
    <message>
        <source>The keys of your backend&apos;s tokens cannot be had: {what}.</source>
        <translation>Arka ucunuzun belirteç anahtarları alınamıyor: {what}.</translation>
    </message>
    <message>
        <source>The keys on the way to a value, as in the filter; a number is a place in a list.</source>
        <translation>Filtredeki gibi, bir değere giden yoldaki anahtarlar; sayı, listedeki bir yerdir.</translation>
    </message>
    <message>
        <source>The life of a token must be from 1 to {max_token_life_s} s.</source>
        <translation>Belirteç ömrü 1 ile {max_token_life_s} sn arasında olmalıdır.</translation>
    </message>
    <message>
        <source>The list begins like JSON and is none.</source>
        <translation>Liste JSON gibi başlıyor ama JSON değil.</translation>
    </message>
    <message>
        <source>The list has more than {max_lines} names.</source>
        <translation>Listede {max_lines} addan fazlası var.</translation>
    </message>
    <message>
        <source>The list has no names.</source>
        <translation>Listede ad yok.</translation>
    </message>
    <message>
        <source>The list is JSON, but no list of objects with a name each.</source>
        <translation>Liste JSON, ancak her birinin adı olan nesnelerin listesi değil.</translation>
    </message>
    <message>
        <source>The list is not text in UTF-8.</source>
        <translation>Liste UTF-8 metin değil.</translation>
    </message>
    <message>
        <source>The list is over 64 MiB.</source>
        <translation>Liste 64 MiB&apos;den büyük.</translation>
    </message>
    <message>
        <source>The macOS firewall blocks all incoming connections.</source>
        <translation>macOS güvenlik duvarı gelen tüm bağlantıları engelliyor.</translation>
    </message>
    <message>
        <source>The macOS firewall blocks this program.</source>
        <translation>macOS güvenlik duvarı bu programı engelliyor.</translation>
    </message>
    <message>
        <source>The macOS firewall could not be read.</source>
        <translation>macOS güvenlik duvarı okunamadı.</translation>
    </message>
    <message>
        <source>The macOS firewall is off: it lets everything in.</source>
        <translation>macOS güvenlik duvarı kapalı: her şeyi içeri alır.</translation>
    </message>
    <message>
        <source>The macOS firewall is on and asks for new programs: choose Allow, or {macos_clicks}.</source>
        <translation>macOS güvenlik duvarı açık ve yeni programları soruyor: İzin Ver&apos;i seçin ya da {macos_clicks}.</translation>
    </message>
    <message>
        <source>The macOS firewall lets this program in.</source>
        <translation>macOS güvenlik duvarı bu programa izin veriyor.</translation>
    </message>
    <message>
        <source>The message could not be kept, so nobody got it.</source>
        <translation>İleti saklanamadı, bu yüzden kimseye ulaşmadı.</translation>
    </message>
    <message>
        <source>The messages cannot be read just now.</source>
        <translation>İletiler şu anda okunamıyor.</translation>
    </message>
    <message>
        <source>The messages kept for people who were away; not the traffic and its history</source>
        <translation>Orada olmayanlar için saklanan iletiler; trafik ve geçmişi değil</translation>
    </message>
    <message>
        <source>The name stands in line {first} already.</source>
        <translation>Ad zaten {first}. satırda.</translation>
    </message>
    <message>
        <source>The nearest counts: of a connection, else of its user, else of everyone.</source>
        <translation>En yakını geçerlidir: bağlantınınki, yoksa kullanıcısınınki, yoksa herkesinki.</translation>
    </message>
    <message>
        <source>The new name is the one to log in with.</source>
        <translation>Giriş için yeni ad kullanılır.</translation>
    </message>
    <message>
        <source>The new password</source>
        <translation>Yeni parola</translation>
    </message>
    <message>
        <source>The new passwords appear here.</source>
        <translation>Yeni parolalar burada görünür.</translation>
    </message>
    <message>
        <source>The new secret</source>
        <translation>Yeni anahtar</translation>
    </message>
    <message>
        <source>The newest are stored, so that who was away gets what it missed; 0: none.</source>
        <translation>Orada olmayan kaçırdığını alsın diye en yeniler saklanır; 0: hiçbiri.</translation>
    </message>
    <message>
        <source>The newest rows are kept, older ones are dropped.</source>
        <translation>En yeni satırlar tutulur, eskiler atılır.</translation>
    </message>
    <message>
        <source>The newest {count} messages are kept for {days} days, who comes late sees all of them, and guests come in by name alone.</source>
        <translation>En yeni {count} ileti {days} gün saklanır, geç gelen hepsini görür ve konuklar yalnızca adla girer.</translation>
    </message>
    <message>
        <source>The number of uses must be from 1 to {max_invite_uses}.</source>
        <translation>Kullanım sayısı 1 ile {max_invite_uses} arasında olmalıdır.</translation>
    </message>
    <message>
        <source>The one that Copy, links and the QR code give out, if it is there. Empty: the likeliest.</source>
        <translation>Kopyala, bağlantılar ve QR kodunun verdiği, varsa. Boş: en olası.</translation>
    </message>
    <message>
        <source>The other node is away: the bar above says since when.</source>
        <translation>Diğer düğüm uzakta: yukarıdaki çubuk ne zamandan beri olduğunu söyler.</translation>
    </message>
    <message>
        <source>The password</source>
        <translation>Parola</translation>
    </message>
    <message>
        <source>The password for {name} is wrong.</source>
        <translation>{name} için parola yanlış.</translation>
    </message>
    <message>
        <source>The password is one of the most common ones.</source>
        <translation>Parola en yaygın olanlardan biri.</translation>
    </message>
    <message>
        <source>The password is the name.</source>
        <translation>Parola adla aynı.</translation>
    </message>
    <message>
        <source>The password repeats a few characters.</source>
        <translation>Parola birkaç karakteri yineliyor.</translation>
    </message>
    <message>
        <source>The payload was cut at {size}; this is its beginning.</source>
        <translation>Yük {size} boyutunda kesildi; bu başlangıcı.</translation>
    </message>
    <message>
        <source>The program breaks the rules of WebSocket: let a library speak it.</source>
        <translation>Program WebSocket kurallarını bozuyor: bunu bir kitaplığa bırakın.</translation>
    </message>
    <message>
        <source>The program logs in, and sends the token in the header Authorization.</source>
        <translation>Program giriş yapar ve belirteci Authorization başlığında gönderir.</translation>
    </message>
    <message>
        <source>The program says Content-Type: application/json.</source>
        <translation>Program Content-Type: application/json belirtir.</translation>
    </message>
    <message>
        <source>The program sends another body: the answer names the field.</source>
        <translation>Program başka bir gövde gönderir: yanıt alanı belirtir.</translation>
    </message>
    <message>
        <source>The program sends before it has the “authentication” frame: wait for it, then send.</source>
        <translation>Program “authentication” çerçevesini almadan gönderiyor: onu bekleyin, sonra gönderin.</translation>
    </message>
    <message>
        <source>The program sends text that is no UTF-8: let a library encode it.</source>
        <translation>Program UTF-8 olmayan metin gönderiyor: kodlamayı bir kitaplığa bırakın.</translation>
    </message>
    <message>
        <source>The program tries again after Retry-After; the log says what is away.</source>
        <translation>Program Retry-After sonrasında yeniden dener; neyin uzakta olduğunu günlük söyler.</translation>
    </message>
    <message>
        <source>The recipient has to log in and fetch what waits.</source>
        <translation>Alıcının giriş yapıp bekleyenleri alması gerekir.</translation>
    </message>
    <message>
        <source>The recipient is connected to another server, which cannot be reached now.</source>
        <translation>Alıcı, şu anda ulaşılamayan başka bir sunucuya bağlı.</translation>
    </message>
    <message>
        <source>The regular expression is wrong ({reason}).</source>
        <translation>Düzenli ifade hatalı ({reason}).</translation>
    </message>
    <message>
        <source>The regular expression is wrong: {reason}.</source>
        <translation>Düzenli ifade hatalı: {reason}.</translation>
    </message>
    <message>
        <source>The request is deleted with its password. The name is free again.</source>
        <translation>İstek parolasıyla silinir. Ad yeniden boştur.</translation>
    </message>
    <message>
        <source>The role &apos;{value}&apos; is unknown.</source>
        <translation>&apos;{value}&apos; rolü bilinmiyor.</translation>
    </message>
    <message>
        <source>The role must be &apos;host&apos; or &apos;member&apos;.</source>
        <translation>Rol &apos;host&apos; ya da &apos;member&apos; olmalıdır.</translation>
    </message>
    <message>
        <source>The run before</source>
        <translation>Önceki çalıştırma</translation>
    </message>
    <message>
        <source>The search looks at name, role and status.</source>
        <translation>Arama ada, role ve duruma bakar.</translation>
    </message>
    <message>
        <source>The secret contains half a character (a lone surrogate).</source>
        <translation>İmza anahtarında yarım karakter var (tek başına vekil).</translation>
    </message>
    <message>
        <source>The secret is a key pair.</source>
        <translation>İmza anahtarı bir anahtar çifti.</translation>
    </message>
    <message>
        <source>The secret is set by JWT_SECRET.</source>
        <translation>İmza anahtarını JWT_SECRET belirliyor.</translation>
    </message>
    <message>
        <source>The secret must have at least {min_secret_bytes} bytes.</source>
        <translation>İmza anahtarı en az {min_secret_bytes} bayt olmalıdır.</translation>
    </message>
    <message>
        <source>The secret must have at most {value} bytes.</source>
        <translation>İmza anahtarı en çok {value} bayt olmalıdır.</translation>
    </message>
    <message>
        <source>The secret repeats a few characters.</source>
        <translation>İmza anahtarı birkaç karakteri yineliyor.</translation>
    </message>
    <message>
        <source>The secret&apos;s file {file} is damaged.</source>
        <translation>İmza anahtarının {file} dosyası bozuk.</translation>
    </message>
    <message>
        <source>The secret&apos;s file {file} is gone.</source>
        <translation>İmza anahtarının {file} dosyası yok olmuş.</translation>
    </message>
    <message>
        <source>The secret&apos;s file {file} was written by a newer version of this program.</source>
        <translation>İmza anahtarının {file} dosyası bu programın daha yeni bir sürümüyle yazılmış.</translation>
    </message>
    <message>
        <source>The server has no room for more connections.</source>
        <translation>Sunucuda başka bağlantılara yer yok.</translation>
    </message>
    <message>
        <source>The server is busy with other logins.</source>
        <translation>Sunucu başka girişlerle meşgul.</translation>
    </message>
    <message>
        <source>The server is not running</source>
        <translation>Sunucu çalışmıyor</translation>
    </message>
    <message>
        <source>The server is not running.</source>
        <translation>Sunucu çalışmıyor.</translation>
    </message>
    <message>
        <source>The server is not running. Press Start.</source>
        <translation>Sunucu çalışmıyor. Başlat&apos;a basın.</translation>
    </message>
    <message>
        <source>The server is stopped. Start it before you run a snippet.</source>
        <translation>Sunucu durdu. Örnek çalıştırmadan önce başlatın.</translation>
    </message>
    <message>
        <source>The server listens anew, which disconnects {clients}. They can connect again at once.</source>
        <translation>Sunucu yeniden dinler ve {clients} kesilir. Hemen yeniden bağlanabilirler.</translation>
    </message>
    <message>
        <source>The session is live.</source>
        <translation>Oturum sürüyor.</translation>
    </message>
    <message>
        <source>The session was ended: revoked or logged out.</source>
        <translation>Oturum sona erdi: iptal edildi ya da çıkış yapıldı.</translation>
    </message>
    <message>
        <source>The settings cannot be saved to {file} ({strerror}).</source>
        <translation>Ayarlar {file} dosyasına kaydedilemiyor ({strerror}).</translation>
    </message>
    <message>
        <source>The settings cannot be saved.</source>
        <translation>Ayarlar kaydedilemiyor.</translation>
    </message>
    <message>
        <source>The settings file {file} cannot be read ({error}).</source>
        <translation>{file} ayar dosyası okunamıyor ({error}).</translation>
    </message>
    <message>
        <source>The settings file {file} cannot be read ({strerror}).</source>
        <translation>{file} ayar dosyası okunamıyor ({strerror}).</translation>
    </message>
    <message>
        <source>The settings file {file} has an unknown key &apos;{group}&apos;.</source>
        <translation>{file} ayar dosyasında bilinmeyen &apos;{group}&apos; anahtarı var.</translation>
    </message>
    <message>
        <source>The settings file {file} has an unknown key &apos;{group}.{name}&apos;.</source>
        <translation>{file} ayar dosyasında bilinmeyen &apos;{group}.{name}&apos; anahtarı var.</translation>
    </message>
    <message>
        <source>The settings file {file} is gone.</source>
        <translation>{file} ayar dosyası yok olmuş.</translation>
    </message>
    <message>
        <source>The settings file {file} is not valid TOML ({error}).</source>
        <translation>{file} ayar dosyası geçerli TOML değil ({error}).</translation>
    </message>
    <message>
        <source>The settings file {file} was changed by another program.</source>
        <translation>{file} ayar dosyası başka bir program tarafından değiştirildi.</translation>
    </message>
    <message>
        <source>The settings file {file} was written by a newer version of this program (format {version}, known is {settings_version}).</source>
        <translation>{file} ayar dosyası bu programın daha yeni bir sürümüyle yazılmış (biçim {version}, bilinen {settings_version}).</translation>
    </message>
    <message>
        <source>The settings stay as they are until this program ends.</source>
        <translation>Ayarlar bu program kapanana dek olduğu gibi kalır.</translation>
    </message>
    <message>
        <source>The system lets this program open {open_files} files, which is enough for {allowed} of {wanted} connections.</source>
        <translation>Sistem bu programın {open_files} dosya açmasına izin veriyor; bu, {wanted} bağlantıdan {allowed} tanesine yeter.</translation>
    </message>
    <message>
        <source>The tabs below have what was asked and answered; docs/protocol.md lists every code.</source>
        <translation>Sorulanlar ve yanıtlananlar aşağıdaki sekmelerde; docs/protocol.md tüm kodları listeler.</translation>
    </message>
    <message>
        <source>The test cannot be written ({why}).</source>
        <translation>Test yazılamıyor ({why}).</translation>
    </message>
    <message>
        <source>The time is no number.</source>
        <translation>Zaman bir sayı değil.</translation>
    </message>
    <message>
        <source>The time of expiry is missing or no number.</source>
        <translation>Bitiş zamanı eksik ya da sayı değil.</translation>
    </message>
    <message>
        <source>The token has expired.</source>
        <translation>Belirtecin süresi doldu.</translation>
    </message>
    <message>
        <source>The token is meant for another service.</source>
        <translation>Belirteç başka bir hizmete yönelik.</translation>
    </message>
    <message>
        <source>The token is not a valid JSON Web Token.</source>
        <translation>Belirteç geçerli bir JSON Web Token değil.</translation>
    </message>
    <message>
        <source>The token is not valid yet.</source>
        <translation>Belirteç henüz geçerli değil.</translation>
    </message>
    <message>
        <source>The token names no user.</source>
        <translation>Belirteç bir kullanıcı belirtmiyor.</translation>
    </message>
    <message>
        <source>The token or password in this frame was not kept</source>
        <translation>Bu çerçevedeki belirteç veya parola saklanmadı</translation>
    </message>
    <message>
        <source>The token was issued by another server.</source>
        <translation>Belirteç başka bir sunucu tarafından verilmiş.</translation>
    </message>
    <message>
        <source>The token was not signed by this server.</source>
        <translation>Belirteci bu sunucu imzalamamış.</translation>
    </message>
    <message>
        <source>The token was revoked.</source>
        <translation>Belirteç iptal edilmiş.</translation>
    </message>
    <message>
        <source>The token&apos;s id is no text.</source>
        <translation>Belirtecin kimliği metin değil.</translation>
    </message>
    <message>
        <source>The traffic cannot be written to {file} ({strerror}).</source>
        <translation>Trafik {file} dosyasına yazılamıyor ({strerror}).</translation>
    </message>
    <message>
        <source>The user id is missing or no text.</source>
        <translation>Kullanıcı kimliği eksik ya da metin değil.</translation>
    </message>
    <message>
        <source>The username &apos;{name}&apos; is reserved for the server.</source>
        <translation>&apos;{name}&apos; kullanıcı adı sunucuya ayrılmış.</translation>
    </message>
    <message>
        <source>The username &apos;{username}&apos; is taken.</source>
        <translation>&apos;{username}&apos; kullanıcı adı alınmış.</translation>
    </message>
    <message>
        <source>The username has a blank at its start or end, or two beside each other.</source>
        <translation>Kullanıcı adının başında ya da sonunda boşluk var ya da iki boşluk yan yana.</translation>
    </message>
    <message>
        <source>The username has a combining mark that does not belong to a letter, or more than {max_marks_per_letter} on one letter.</source>
        <translation>Kullanıcı adında harfe ait olmayan bir birleşen im ya da bir harfte {max_marks_per_letter} taneden fazlası var.</translation>
    </message>
    <message>
        <source>The username has the invisible joiner U+{value} where it joins nothing.</source>
        <translation>Kullanıcı adında, hiçbir şeyi birleştirmediği yerde görünmez birleştirici U+{value} var.</translation>
    </message>
    <message>
        <source>The username mixes digits of different scripts.</source>
        <translation>Kullanıcı adı farklı yazıların rakamlarını karıştırıyor.</translation>
    </message>
    <message>
        <source>The username mixes letters of {listed}, which can look alike.</source>
        <translation>Kullanıcı adı, birbirine benzeyebilen {listed} harflerini karıştırıyor.</translation>
    </message>
    <message>
        <source>The username must consist of letters, digits, single blanks and . _ - @ + &apos; but has {character}.</source>
        <translation>Kullanıcı adı harf, rakam, tek boşluk ve . _ - @ + &apos; içerebilir ama {character} içeriyor.</translation>
    </message>
    <message>
        <source>The username must have {username_min_letters} to {username_max_chars} characters.</source>
        <translation>Kullanıcı adı {username_min_letters} ile {username_max_chars} karakter arasında olmalıdır.</translation>
    </message>
    <message>
        <source>The version in the settings file {file} is no number.</source>
        <translation>{file} ayar dosyasındaki sürüm bir sayı değil.</translation>
    </message>
    <message>
        <source>The window is built anew when it changes. The web client has its own, under Room.</source>
        <translation>Değişince pencere yeniden kurulur. Web istemcisinin dili Oda altındadır.</translation>
    </message>
    <message>
        <source>The window needs a screen.</source>
        <translation>Pencere bir ekran gerektirir.</translation>
    </message>
    <message>
        <source>The window speaks the other language from the next start on: something is still open.</source>
        <translation>Pencere öteki dili bir sonraki başlatmada konuşur: hâlâ açık bir şey var.</translation>
    </message>
    <message>
        <source>Their process was ended from outside.</source>
        <translation>İşlemleri dışarıdan sonlandırıldı.</translation>
    </message>
    <message>
        <source>Then connected</source>
        <translation>O sırada bağlı</translation>
    </message>
    <message>
        <source>There are no two runs to compare: rows of at least two starts are needed.</source>
        <translation>Karşılaştırılacak iki çalıştırma yok: en az iki başlatmanın satırları gerekir.</translation>
    </message>
    <message>
        <source>There are too many connections from your address.</source>
        <translation>Adresinizden çok fazla bağlantı var.</translation>
    </message>
    <message>
        <source>There are too many guests already.</source>
        <translation>Zaten çok fazla konuk var.</translation>
    </message>
    <message>
        <source>There are {max_invites} invitations already.</source>
        <translation>Zaten {max_invites} davet var.</translation>
    </message>
    <message>
        <source>There is no account of this name.</source>
        <translation>Bu adda bir hesap yok.</translation>
    </message>
    <message>
        <source>There is no account “{name}”.</source>
        <translation>“{name}” hesabı yok.</translation>
    </message>
    <message>
        <source>There is no field “{name}:”.</source>
        <translation>“{name}:” alanı yok.</translation>
    </message>
    <message>
        <source>There is no home folder to keep files in: HOME is not set, and the system knows none for this user.</source>
        <translation>Dosyaların saklanacağı bir ev klasörü yok: HOME ayarlanmamış ve sistem bu kullanıcı için bir tane bilmiyor.</translation>
    </message>
    <message>
        <source>There is no screen: neither DISPLAY nor WAYLAND_DISPLAY is set.</source>
        <translation>Ekran yok: ne DISPLAY ne de WAYLAND_DISPLAY ayarlanmış.</translation>
    </message>
    <message>
        <source>There is no screen: nothing answers at {where}.</source>
        <translation>Ekran yok: {where} adresinde yanıt veren yok.</translation>
    </message>
    <message>
        <source>There is no user or connection “{name}”.</source>
        <translation>“{name}” adlı kullanıcı ya da bağlantı yok.</translation>
    </message>
    <message>
        <source>There is nothing left to do here.</source>
        <translation>Burada yapılacak bir şey kalmadı.</translation>
    </message>
    <message>
        <source>These changes disconnect {clients}. They can connect again at the new address.</source>
        <translation>Bu değişiklikler {clients} bağlantısını keser. Yeni adresten bağlanabilirler.</translation>
    </message>
    <message>
        <source>These rows made room for newer ones.</source>
        <translation>Bu satırlar yenilerine yer açtı.</translation>
    </message>
    <message>
        <source>They can connect again after a pause. Ban or disable the account to keep them out.</source>
        <translation>Bir süre sonra yeniden bağlanabilirler. Önlemek için hesabı yasaklayın ya da devre dışı bırakın.</translation>
    </message>
    <message>
        <source>They can connect again at once; a ban keeps people out.</source>
        <translation>Hemen yeniden bağlanabilirler; yasak ise içeri girmeyi önler.</translation>
    </message>
    <message>
        <source>They can log in again with their password.</source>
        <translation>Parolalarıyla yeniden giriş yapabilirler.</translation>
    </message>
    <message>
        <source>They choose another name, or log in with this one.</source>
        <translation>Başka bir ad seçmeli ya da bu adla giriş yapmalı.</translation>
    </message>
    <message>
        <source>They may try again now.</source>
        <translation>Şimdi yeniden deneyebilir.</translation>
    </message>
    <message>
        <source>They stay in force until this program ends.</source>
        <translation>Bu program kapanana dek geçerli kalırlar.</translation>
    </message>
    <message>
        <source>This account does not exist; it may have been deleted meanwhile.</source>
        <translation>Bu hesap yok; bu arada silinmiş olabilir.</translation>
    </message>
    <message>
        <source>This account is disabled.</source>
        <translation>Bu hesap devre dışı.</translation>
    </message>
    <message>
        <source>This account is gone by now.</source>
        <translation>Bu hesap artık yok.</translation>
    </message>
    <message>
        <source>This account no longer exists.</source>
        <translation>Bu hesap artık yok.</translation>
    </message>
    <message>
        <source>This account waits for the host&apos;s approval.</source>
        <translation>Bu hesap ev sahibinin onayını bekliyor.</translation>
    </message>
    <message>
        <source>This account was deleted meanwhile.</source>
        <translation>Bu hesap bu arada silindi.</translation>
    </message>
    <message>
        <source>This address works on this computer only.</source>
        <translation>Bu adres yalnızca bu bilgisayarda çalışır.</translation>
    </message>
    <message>
        <source>This cannot be undone. Afterwards anybody may take the name.</source>
        <translation>Geri alınamaz. Sonra adı herkes alabilir.</translation>
    </message>
    <message>
        <source>This character cannot be sent as UTF-8.</source>
        <translation>Bu karakter UTF-8 olarak gönderilemez.</translation>
    </message>
    <message>
        <source>This client sends more than {rate} messages a second; the frame was dropped.</source>
        <translation>Bu istemci saniyede {rate} iletiden fazlasını gönderiyor; çerçeve atıldı.</translation>
    </message>
    <message>
        <source>This computer</source>
        <translation>Bu bilgisayar</translation>
    </message>
    <message>
        <source>This computer  ·  only programs on it</source>
        <translation>Bu bilgisayar  ·  yalnızca üzerindeki programlar</translation>
    </message>
    <message>
        <source>This computer itself cannot be banned</source>
        <translation>Bu bilgisayarın kendisi yasaklanamaz</translation>
    </message>
    <message>
        <source>This connection is gone or not logged in, so nothing was sent.</source>
        <translation>Bu bağlantı yok ya da giriş yapmamış, bu yüzden bir şey gönderilmedi.</translation>
    </message>
    <message>
        <source>This connection is gone, so nothing was sent in its name.</source>
        <translation>Bu bağlantı artık yok, bu yüzden onun adına bir şey gönderilmedi.</translation>
    </message>
    <message>
        <source>This disconnects {clients} over {seconds} s; they come back to the other nodes. {node} gets no newcomers from the balancer until you let it.</source>
        <translation>Bu, {clients} bağlantısını {seconds} sn içinde keser; diğer düğümlere dönerler. Siz izin verene dek yük dengeleyici {node} düğümüne yeni kimse göndermez.</translation>
    </message>
    <message>
        <source>This disconnects {clients}. They can connect again when it runs.</source>
        <translation>Bu {clients} bağlantısını keser. Çalışınca yeniden bağlanabilirler.</translation>
    </message>
    <message>
        <source>This invitation {why}.</source>
        <translation>Bu davet {why}.</translation>
    </message>
    <message>
        <source>This is a mistake of the server: the log has more.</source>
        <translation>Bu, sunucunun bir hatası: günlükte daha fazlası var.</translation>
    </message>
    <message>
        <source>This is nested too deeply to be sent.</source>
        <translation>Gönderilemeyecek kadar derin iç içe.</translation>
    </message>
    <message>
        <source>This is {file}: {rows}, read-only.</source>
        <translation>Bu {file}: {rows}, salt okunur.</translation>
    </message>
    <message>
        <source>This message was not sent.</source>
        <translation>Bu ileti gönderilmedi.</translation>
    </message>
    <message>
        <source>This row belongs to no connection</source>
        <translation>Bu satır hiçbir bağlantıya ait değil</translation>
    </message>
    <message>
        <source>This row is of a file</source>
        <translation>Bu satır bir dosyadan</translation>
    </message>
    <message>
        <source>This run</source>
        <translation>Bu çalıştırma</translation>
    </message>
    <message>
        <source>This server accepts it; it expires {when}.</source>
        <translation>Bu sunucu kabul eder; süre sonu {when}.</translation>
    </message>
    <message>
        <source>This server does not know the token.</source>
        <translation>Bu sunucu belirteci tanımıyor.</translation>
    </message>
    <message>
        <source>This server is alone, and needs nothing else. Several that are one: see docs/cluster.md and the cluster&apos;s address on the Settings page.</source>
        <translation>Bu sunucu tek başına ve başka bir şeye gerek duymuyor. Tek sunucu gibi çalışan birkaçı için: docs/cluster.md ve Ayarlar sayfasındaki küme adresine bakın.</translation>
    </message>
    <message>
        <source>This server is not known as &apos;{host}&apos;.</source>
        <translation>Bu sunucu &apos;{host}&apos; olarak bilinmiyor.</translation>
    </message>
    <message>
        <source>This server knows no session by this id.</source>
        <translation>Bu sunucu bu kimlikte bir oturum bilmiyor.</translation>
    </message>
    <message>
        <source>This server refuses it ({reason}). {words}</source>
        <translation>Bu sunucu reddeder ({reason}). {words}</translation>
    </message>
    <message>
        <source>This system does not let it: {reason}.</source>
        <translation>Bu sistem izin vermiyor: {reason}.</translation>
    </message>
    <message>
        <source>This system does not let you use port {port}.</source>
        <translation>Bu sistem {port} numaralı bağlantı noktasını kullanmanıza izin vermiyor.</translation>
    </message>
    <message>
        <source>Those known before stay in force.</source>
        <translation>Önceden bilinenler geçerli kalır.</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>Zaman</translation>
    </message>
    <message>
        <source>Time order</source>
        <translation>Zaman sırası</translation>
    </message>
    <message>
        <source>Title</source>
        <translation>Başlık</translation>
    </message>
    <message>
        <source>To</source>
        <translation>Kime</translation>
    </message>
    <message>
        <source>To allow it: {value}={whole} (Settings, {group}, {label}).</source>
        <translation>İzin vermek için: {value}={whole} (Ayarlar, {group}, {label}).</translation>
    </message>
    <message>
        <source>To everyone: everybody, or only you and accounts with the role host. Direct messages go on.</source>
        <translation>Herkese: herkes ya da yalnızca siz ve ev sahibi rolündekiler. Doğrudan iletiler sürer.</translation>
    </message>
    <message>
        <source>To keep the settings shown here, move the file away.</source>
        <translation>Burada gösterilen ayarları korumak için dosyayı taşıyın.</translation>
    </message>
    <message>
        <source>To search for a path, quote it.</source>
        <translation>Bir yolu aramak için tırnak içine alın.</translation>
    </message>
    <message>
        <source>To search for the text, quote it.</source>
        <translation>Metni aramak için tırnak içine alın.</translation>
    </message>
    <message>
        <source>To stop it: Activity Monitor, process {pid}, Quit.</source>
        <translation>Durdurmak için: Etkinlik Monitörü, {pid} numaralı işlem, Çık.</translation>
    </message>
    <message>
        <source>To stop it: Task Manager, Details, process {pid}, End task.</source>
        <translation>Durdurmak için: Görev Yöneticisi, Ayrıntılar, {pid} numaralı işlem, Görevi sonlandır.</translation>
    </message>
    <message>
        <source>To whom</source>
        <translation>Kime</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>Bugün</translation>
    </message>
    <message>
        <source>Token</source>
        <translation>Belirteç</translation>
    </message>
    <message>
        <source>Token and snippets…</source>
        <translation>Belirteç ve örnekler…</translation>
    </message>
    <message>
        <source>Token expired ({code}).</source>
        <translation>Belirtecin süresi doldu ({code}).</translation>
    </message>
    <message>
        <source>Token for {name}</source>
        <translation>{name} için belirteç</translation>
    </message>
    <message>
        <source>Token inspector</source>
        <translation>Belirteç inceleyici</translation>
    </message>
    <message>
        <source>Token life</source>
        <translation>Belirteç ömrü</translation>
    </message>
    <message>
        <source>Tokens end at once, and logging in is refused until you enable them again.</source>
        <translation>Belirteçler hemen biter ve yeniden etkinleştirene dek giriş reddedilir.</translation>
    </message>
    <message>
        <source>Tokens go on working until this program ends; at the next start a new secret is made and everyone logs in again.</source>
        <translation>Belirteçler bu program kapanana dek çalışır; bir sonraki başlatmada yeni bir imza anahtarı yapılır ve herkes yeniden giriş yapar.</translation>
    </message>
    <message>
        <source>Tokens of your backend</source>
        <translation>Arka ucunuzun belirteçleri</translation>
    </message>
    <message>
        <source>Tomorrow</source>
        <translation>Yarın</translation>
    </message>
    <message>
        <source>Too many attempts.</source>
        <translation>Çok fazla deneme.</translation>
    </message>
    <message>
        <source>Too many messages are being read just now.</source>
        <translation>Şu anda çok fazla ileti okunuyor.</translation>
    </message>
    <message>
        <source>Too many messages wait for this user already.</source>
        <translation>Bu kullanıcıyı zaten çok fazla ileti bekliyor.</translation>
    </message>
    <message>
        <source>Too many people wait for approval.</source>
        <translation>Onay bekleyen çok fazla kişi var.</translation>
    </message>
    <message>
        <source>Traffic</source>
        <translation>Trafik</translation>
    </message>
    <message>
        <source>Trusted proxies</source>
        <translation>Güvenilen vekiller</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>Yeniden dene</translation>
    </message>
    <message>
        <source>Try again in {retry_after_s} s.</source>
        <translation>{retry_after_s} sn sonra yeniden deneyin.</translation>
    </message>
    <message>
        <source>Try again later.</source>
        <translation>Daha sonra yeniden deneyin.</translation>
    </message>
    <message>
        <source>Try again.</source>
        <translation>Yeniden deneyin.</translation>
    </message>
    <message>
        <source>Try it from another device</source>
        <translation>Başka bir cihazdan deneyin</translation>
    </message>
    <message>
        <source>Two runs compared</source>
        <translation>Karşılaştırılan iki çalıştırma</translation>
    </message>
    <message>
        <source>Type</source>
        <translation>Tür</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>Geri al</translation>
    </message>
    <message>
        <source>Until</source>
        <translation>Bitiş</translation>
    </message>
    <message>
        <source>Until I lift it</source>
        <translation>Ben kaldırana dek</translation>
    </message>
    <message>
        <source>Until a time…</source>
        <translation>Bir saate dek…</translation>
    </message>
    <message>
        <source>Up</source>
        <translation>Açık süre</translation>
    </message>
    <message>
        <source>Use a random one.</source>
        <translation>Rastgele bir tane kullanın.</translation>
    </message>
    <message>
        <source>Use its address, or have the host list this name.</source>
        <translation>Adresini kullanın ya da ev sahibi bu adı listeye eklesin.</translation>
    </message>
    <message>
        <source>Use localhost, 0.0.0.0 or one adapter&apos;s address.</source>
        <translation>localhost, 0.0.0.0 ya da bir bağdaştırıcının adresini kullanın.</translation>
    </message>
    <message>
        <source>Use one kind.</source>
        <translation>Tek tür kullanın.</translation>
    </message>
    <message>
        <source>Use one script.</source>
        <translation>Tek yazı kullanın.</translation>
    </message>
    <message>
        <source>Use one without it.</source>
        <translation>Parolasız bir tane kullanın.</translation>
    </message>
    <message>
        <source>Use port {port}</source>
        <translation>{port} bağlantı noktasını kullan</translation>
    </message>
    <message>
        <source>Use the newer program, or choose another data folder.</source>
        <translation>Daha yeni programı kullanın ya da başka bir veri klasörü seçin.</translation>
    </message>
    <message>
        <source>Use the newer program, or move the file away to have a new secret made.</source>
        <translation>Daha yeni programı kullanın ya da yeni bir imza anahtarı yapılması için dosyayı taşıyın.</translation>
    </message>
    <message>
        <source>Use the newer program, or move the file away.</source>
        <translation>Daha yeni programı kullanın ya da dosyayı taşıyın.</translation>
    </message>
    <message>
        <source>Use this one</source>
        <translation>Bunu kullan</translation>
    </message>
    <message>
        <source>Used</source>
        <translation>Kullanıldı</translation>
    </message>
    <message>
        <source>User</source>
        <translation>Kullanıcı</translation>
    </message>
    <message>
        <source>User {name}</source>
        <translation>Kullanıcı {name}</translation>
    </message>
    <message>
        <source>Username or password is wrong.</source>
        <translation>Kullanıcı adı ya da parola yanlış.</translation>
    </message>
    <message>
        <source>Users as they were</source>
        <translation>O zamanki kullanıcılar</translation>
    </message>
    <message>
        <source>Users to send to</source>
        <translation>Gönderilecek kullanıcılar</translation>
    </message>
    <message>
        <source>Uses</source>
        <translation>Kullanım</translation>
    </message>
    <message>
        <source>Valid for</source>
        <translation>Geçerlilik</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>Değer</translation>
    </message>
    <message>
        <source>Verdict</source>
        <translation>Karar</translation>
    </message>
    <message>
        <source>Version</source>
        <translation>Sürüm</translation>
    </message>
    <message>
        <source>Very weak</source>
        <translation>Çok zayıf</translation>
    </message>
    <message>
        <source>Wait as long as the answer says, or let them try again now.</source>
        <translation>Yanıtın söylediği kadar bekleyin ya da şimdi yeniden denemesine izin verin.</translation>
    </message>
    <message>
        <source>Wait as long as the answer says.</source>
        <translation>Yanıtın söylediği kadar bekleyin.</translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation>Bekleyen</translation>
    </message>
    <message>
        <source>Waiting ({people})</source>
        <translation>Bekleyen ({people})</translation>
    </message>
    <message>
        <source>Waiting for a device. The code holds for {time}.</source>
        <translation>Bir cihaz bekleniyor. Kodun süresi {time}.</translation>
    </message>
    <message>
        <source>Waiting list</source>
        <translation>Bekleme listesi</translation>
    </message>
    <message>
        <source>Waiting list ({people})</source>
        <translation>Bekleme listesi ({people})</translation>
    </message>
    <message>
        <source>Waiting, as they read slowly: {waiting}.</source>
        <translation>Yavaş okudukları için bekleyen: {waiting}.</translation>
    </message>
    <message>
        <source>What hosts do is noted here: start and stop, settings, accounts, bans.</source>
        <translation>Ev sahiplerinin yaptıkları burada not edilir: başlatma ve durdurma, ayarlar, hesaplar, yasaklar.</translation>
    </message>
    <message>
        <source>What is done here is done to all of them.</source>
        <translation>Burada yapılan hepsine uygulanır.</translation>
    </message>
    <message>
        <source>What is long goes by WebSocket.</source>
        <translation>Uzun olan WebSocket ile gider.</translation>
    </message>
    <message>
        <source>Whom or what</source>
        <translation>Kim ya da ne</translation>
    </message>
    <message>
        <source>Words are searched in the content.
user: type: dir: ip: conn: code: to: node: compare a field, with * for any characters
is:error   content.path:value   size&gt;1k   took&gt;100ms   time&gt;20:41   or
/regular expression/   !not this   &quot;several words&quot;
Press / to come here, Return to go back, Escape to show everything.</source>
        <translation>Sözcükler içerikte aranır.
user: type: dir: ip: conn: code: to: node: bir alanı karşılaştırır, * herhangi karakterler içindir
is:error   content.path:value   size&gt;1k   took&gt;100ms   time&gt;20:41   or
/düzenli ifade/   !bu değil   &quot;birkaç sözcük&quot;
Buraya gelmek için /, geri dönmek için Return, her şeyi göstermek için Escape tuşuna basın.</translation>
    </message>
    <message>
        <source>Words of the name, address or app, #12 for a connection, or node:NAME</source>
        <translation>Ad, adres veya uygulamadan sözcükler, bir bağlantı için #12 ya da node:AD</translation>
    </message>
    <message>
        <source>Warning</source>
        <translation>Uyarı</translation>
    </message>
    <message>
        <source> a second</source>
        <translation> saniyede</translation>
    </message>
    <message>
        <source> bytes</source>
        <translation> bayt</translation>
    </message>
    <message>
        <source> bytes/s</source>
        <translation> bayt/sn</translation>
    </message>
    <message>
        <source>&amp;Faults…</source>
        <translation>Arı&amp;zalar…</translation>
    </message>
    <message>
        <source>99 % within</source>
        <translation>%99&apos;u şu süre içinde</translation>
    </message>
    <message>
        <source>A message from “server”</source>
        <translation>“server” iletisi</translation>
    </message>
    <message>
        <source>Choose {another}, or stop that program.</source>
        <translation>{another} seçin veya o programı durdurun.</translation>
    </message>
    <message>
        <source>Choose {another}.</source>
        <translation>{another} seçin.</translation>
    </message>
    <message>
        <source>The certificate is for {known}: browsers warn at {names}.</source>
        <translation>Sertifika {known} için: tarayıcılar {names} adresinde uyarır.</translation>
    </message>
    <message>
        <source>The client sends it again after “retryAfterMs”; the log says what is away.</source>
        <translation>İstemci “retryAfterMs” sonrasında yeniden gönderir; neyin uzakta olduğunu günlük söyler.</translation>
    </message>
    <message>
        <source>The client waits as long as the error says, or you allow everyone {value} a second.</source>
        <translation>İstemci hatanın söylediği kadar bekler ya da siz herkese saniyede {value} izni verirsiniz.</translation>
    </message>
    <message>
        <source>The secret&apos;s file {file} cannot be read ({why}).</source>
        <translation>İmza anahtarının {file} dosyası okunamıyor ({why}).</translation>
    </message>
    <message>
        <source>The secret&apos;s file {file} cannot be written ({why}).</source>
        <translation>İmza anahtarının {file} dosyasına yazılamıyor ({why}).</translation>
    </message>
    <message>
        <source>This frame, as written</source>
        <translation>Bu çerçeve, yazıldığı gibi</translation>
    </message>
    <message>
        <source>Time that has passed</source>
        <translation>Geçen süre</translation>
    </message>
    <message>
        <source>To clients only</source>
        <translation>Yalnızca istemcilere</translation>
    </message>
    <message>
        <source>Warnings and errors</source>
        <translation>Uyarılar ve hatalar</translation>
    </message>
    <message>
        <source>Weak</source>
        <translation>Zayıf</translation>
    </message>
    <message>
        <source>Web pages that may connect, such as https://app.example.org or https://*.example.org; null for pages opened from disk.</source>
        <translation>Bağlanabilecek web sayfaları, örneğin https://app.example.org ya da https://*.example.org; diskten açılanlar için null.</translation>
    </message>
    <message>
        <source>Welcome</source>
        <translation>Karşılama</translation>
    </message>
    <message>
        <source>What</source>
        <translation>Ne</translation>
    </message>
    <message>
        <source>What clients make of a bad network. The server itself stays well.</source>
        <translation>İstemcilerin kötü bir ağda ne yaptığı. Sunucunun kendisi iyi kalır.</translation>
    </message>
    <message>
        <source>What happened</source>
        <translation>Ne oldu</translation>
    </message>
    <message>
        <source>What it says counts from the next start; until then nothing is saved.</source>
        <translation>İçeriği bir sonraki başlatmadan itibaren geçerlidir; o zamana dek bir şey kaydedilmez.</translation>
    </message>
    <message>
        <source>What passes is also kept in a file of at most this size, across launches; 0: off.</source>
        <translation>Geçenler en çok bu boyuttaki bir dosyada da saklanır; 0: kapalı.</translation>
    </message>
    <message>
        <source>What they say</source>
        <translation>Söyledikleri</translation>
    </message>
    <message>
        <source>What this is, above the web client, such as the class or event.</source>
        <translation>Web istemcisinin üstünde bunun ne olduğu, örneğin ders ya da etkinlik.</translation>
    </message>
    <message>
        <source>What this server is for</source>
        <translation>Bu sunucu ne için</translation>
    </message>
    <message>
        <source>What to send</source>
        <translation>Ne gönderilecek</translation>
    </message>
    <message>
        <source>What waits for all slow clients together, and likewise what has come of all unfinished messages; beyond it, those who hold most are closed (4008, 1009).</source>
        <translation>Tüm yavaş istemciler için toplam bekleyen ve aynı biçimde tamamlanmamış tüm iletilerden gelmiş olan; bunun ötesinde en çok tutanların bağlantısı kapatılır (4008, 1009).</translation>
    </message>
    <message>
        <source>What was done to accounts, and by whom, is forgotten after so long.</source>
        <translation>Hesaplara ne yapıldığı ve kimin yaptığı bu süreden sonra unutulur.</translation>
    </message>
    <message>
        <source>What was said since they joined</source>
        <translation>Katıldıklarından beri söylenenler</translation>
    </message>
    <message>
        <source>What you paste is neither kept nor logged, and looking is no use of the token.</source>
        <translation>Yapıştırdığınız ne saklanır ne günlüğe yazılır; bakmak belirteci kullanmak değildir.</translation>
    </message>
    <message>
        <source>When Windows asks, choose Allow; or this line in a terminal run as administrator:</source>
        <translation>Windows sorunca İzin ver&apos;i seçin; ya da yönetici olarak çalıştırılan bir terminalde şu satır:</translation>
    </message>
    <message>
        <source>Where</source>
        <translation>Nerede</translation>
    </message>
    <message>
        <source>Which log</source>
        <translation>Hangi günlük</translation>
    </message>
    <message>
        <source>Who</source>
        <translation>Kim</translation>
    </message>
    <message>
        <source>Who can reach the server</source>
        <translation>Sunucuya kim ulaşabilir</translation>
    </message>
    <message>
        <source>Who may make an account: anyone who reaches the server, whoever has an invitation, whomever you approve, or nobody.</source>
        <translation>Kim hesap açabilir: sunucuya ulaşan, daveti olan, onayladığınız ya da hiç kimse.</translation>
    </message>
    <message>
        <source>Who may write</source>
        <translation>Kim yazabilir</translation>
    </message>
    <message>
        <source>Who may write and come in</source>
        <translation>Kim yazabilir ve girebilir</translation>
    </message>
    <message>
        <source>Who waits</source>
        <translation>Kim bekliyor</translation>
    </message>
    <message>
        <source>Whoever opens it can register.</source>
        <translation>Açan herkes kaydolabilir.</translation>
    </message>
    <message>
        <source>Whole</source>
        <translation>Tümü</translation>
    </message>
    <message>
        <source>Whole screen</source>
        <translation>Tam ekran</translation>
    </message>
    <message>
        <source>Whose</source>
        <translation>Kimin</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>Neden</translation>
    </message>
    <message>
        <source>Wi-Fi of the room</source>
        <translation>Salonun Wi-Fi ağı</translation>
    </message>
    <message>
        <source>Windows Defender Firewall blocks this program on {name} networks.</source>
        <translation>Windows Defender Güvenlik Duvarı {name} ağlarında bu programı engelliyor.</translation>
    </message>
    <message>
        <source>Windows Defender Firewall could not be read.</source>
        <translation>Windows Defender Güvenlik Duvarı okunamadı.</translation>
    </message>
    <message>
        <source>Windows Defender Firewall lets this program in.</source>
        <translation>Windows Defender Güvenlik Duvarı bu programa izin veriyor.</translation>
    </message>
    <message>
        <source>Windows Security, Firewall &amp; network protection, Allow an app through firewall: tick it.</source>
        <translation>Windows Güvenliği, Güvenlik duvarı ve ağ koruması, Bir uygulamanın güvenlik duvarından geçmesine izin ver: işaretleyin.</translation>
    </message>
    <message>
        <source>With clients connected: ask, keep the server running out of sight, or stop it.</source>
        <translation>İstemciler bağlıyken: sor, görünmeden sürdür ya da durdur.</translation>
    </message>
    <message>
        <source>With the account go {at_least}{messages} it wrote or was sent, {waiting} of them still waiting.</source>
        <translation>Hesapla birlikte, yazdığı ya da ona gönderilen {at_least}{messages} gider; {waiting} tanesi hâlâ bekliyor.</translation>
    </message>
    <message>
        <source>Within</source>
        <translation>Süre</translation>
    </message>
    <message>
        <source>Without one, run the server alone: authws-desktop serve (authws-desktop serve --help shows its options).</source>
        <translation>Ekran yoksa yalnızca sunucuyu çalıştırın: authws-desktop serve (authws-desktop serve --help seçeneklerini gösterir).</translation>
    </message>
    <message>
        <source>Write a JSON value, such as {&quot;text&quot;: &quot;hello&quot;}.</source>
        <translation>Bir JSON değeri yazın, örneğin {&quot;text&quot;: &quot;hello&quot;}.</translation>
    </message>
    <message>
        <source>Write a blank after the quoted text.</source>
        <translation>Tırnaklı metinden sonra boşluk bırakın.</translation>
    </message>
    <message>
        <source>Write a filter after “or”.</source>
        <translation>“or” sonrasına bir süzgeç yazın.</translation>
    </message>
    <message>
        <source>Write a filter before “or”, or quote it to search for the word.</source>
        <translation>“or” öncesine bir süzgeç yazın ya da sözcüğü aramak için tırnak içine alın.</translation>
    </message>
    <message>
        <source>Write a number or null.</source>
        <translation>Bir sayı ya da null yazın.</translation>
    </message>
    <message>
        <source>Write a value after “{value}:”.</source>
        <translation>“{value}:” sonrasına bir değer yazın.</translation>
    </message>
    <message>
        <source>Write localhost, 0.0.0.0 or one adapter&apos;s address, without http:// and port; not “{value}”.</source>
        <translation>localhost, 0.0.0.0 ya da bir bağdaştırıcının adresini http:// ve bağlantı noktası olmadan yazın; “{value}” değil.</translation>
    </message>
    <message>
        <source>Write one such as 192.168.1.20.</source>
        <translation>192.168.1.20 gibi bir tane yazın.</translation>
    </message>
    <message>
        <source>Write the keys on the way, such as content.text.</source>
        <translation>Yoldaki anahtarları yazın, örneğin content.text.</translation>
    </message>
    <message>
        <source>Write what to leave out after “!”.</source>
        <translation>Dışarıda bırakılacak olanı “!” sonrasına yazın.</translation>
    </message>
    <message>
        <source>Write “!” before what to leave out, or quote “not” to search for the word.</source>
        <translation>Dışarıda bırakılacak olanın önüne “!” yazın ya da sözcüğü aramak için “not” sözcüğünü tırnak içine alın.</translation>
    </message>
    <message>
        <source>Write “or” between two filters.</source>
        <translation>İki süzgecin arasına “or” yazın.</translation>
    </message>
    <message>
        <source>Written to {connections}.</source>
        <translation>Yazıldı: {connections}.</translation>
    </message>
    <message>
        <source>Written to {written} of {connections} within {time}.</source>
        <translation>{connections} içinden {written} için {time} içinde yazıldı.</translation>
    </message>
    <message>
        <source>Written to {written} of {receivers} within {took}.</source>
        <translation>{receivers} içinden {written} için {took} içinde yazıldı.</translation>
    </message>
    <message>
        <source>Wrote {rows} to {file}, and {test}, which replays them.</source>
        <translation>{rows} {file} dosyasına yazıldı; {test} onları yeniden oynatır.</translation>
    </message>
    <message>
        <source>Yes, after a new login.</source>
        <translation>Evet, yeniden girişten sonra.</translation>
    </message>
    <message>
        <source>Yes, after a pause.</source>
        <translation>Evet, bir aradan sonra.</translation>
    </message>
    <message>
        <source>Yes, then authenticate.</source>
        <translation>Evet, sonra kimliğinizi doğrulayın.</translation>
    </message>
    <message>
        <source>Yes, with backoff.</source>
        <translation>Evet, artan aralıklarla.</translation>
    </message>
    <message>
        <source>Yesterday</source>
        <translation>Dün</translation>
    </message>
    <message>
        <source>accepted</source>
        <translation>kabul edildi</translation>
    </message>
    <message>
        <source>account</source>
        <translation>hesap</translation>
    </message>
    <message>
        <source>acknowledged</source>
        <translation>onaylandı</translation>
    </message>
    <message>
        <source>active</source>
        <translation>etkin</translation>
    </message>
    <message>
        <source>address</source>
        <translation>adres</translation>
    </message>
    <message>
        <source>all nodes</source>
        <translation>tüm düğümler</translation>
    </message>
    <message>
        <source>always the same</source>
        <translation>hep aynı</translation>
    </message>
    <message>
        <source>an earlier secret that is still accepted</source>
        <translation>hâlâ kabul edilen önceki bir gizli anahtar</translation>
    </message>
    <message>
        <source>and {count} more</source>
        <translation>ve {count} tane daha</translation>
    </message>
    <message>
        <source>another copy of this program ({owner})</source>
        <translation>bu programın başka bir kopyası ({owner})</translation>
    </message>
    <message>
        <source>another port</source>
        <translation>başka bir bağlantı noktası</translation>
    </message>
    <message>
        <source>another program</source>
        <translation>başka bir program</translation>
    </message>
    <message>
        <source>another program ({owner})</source>
        <translation>başka bir program ({owner})</translation>
    </message>
    <message>
        <source>any</source>
        <translation>herhangi</translation>
    </message>
    <message>
        <source>any free port</source>
        <translation>herhangi boş bağlantı noktası</translation>
    </message>
    <message>
        <source>at least </source>
        <translation>en az </translation>
    </message>
    <message>
        <source>away</source>
        <translation>erişilemiyor</translation>
    </message>
    <message>
        <source>binary</source>
        <translation>ikili</translation>
    </message>
    <message>
        <source>bytes</source>
        <translation>bayt</translation>
    </message>
    <message>
        <source>cannot be counted now</source>
        <translation>şu anda sayılamıyor</translation>
    </message>
    <message>
        <source>characters</source>
        <translation>karakter</translation>
    </message>
    <message>
        <source>club makes http://club.local:PORT work on most devices nearby. Empty: none.</source>
        <translation>club, http://club.local:PORT adresini yakındaki çoğu cihazda çalıştırır. Boş: yok.</translation>
    </message>
    <message>
        <source>command line</source>
        <translation>komut satırı</translation>
    </message>
    <message>
        <source>connections</source>
        <translation>bağlantı</translation>
    </message>
    <message>
        <source>days</source>
        <translation>gün</translation>
    </message>
    <message>
        <source>default</source>
        <translation>varsayılan</translation>
    </message>
    <message>
        <source>differs</source>
        <translation>farklı</translation>
    </message>
    <message>
        <source>disabled</source>
        <translation>devre dışı</translation>
    </message>
    <message>
        <source>disabled: cannot log in</source>
        <translation>devre dışı: giriş yapamaz</translation>
    </message>
    <message>
        <source>does not exist or was revoked</source>
        <translation>yok ya da iptal edilmiş</translation>
    </message>
    <message>
        <source>done</source>
        <translation>yapıldı</translation>
    </message>
    <message>
        <source>draining</source>
        <translation>boşaltılıyor</translation>
    </message>
    <message>
        <source>ends too early</source>
        <translation>çok erken bitiyor</translation>
    </message>
    <message>
        <source>ends {connections}</source>
        <translation>{connections} sonlanır</translation>
    </message>
    <message>
        <source>environment</source>
        <translation>ortam</translation>
    </message>
    <message>
        <source>expired</source>
        <translation>süresi doldu</translation>
    </message>
    <message>
        <source>expired; choose a life for a new one</source>
        <translation>süresi doldu; yenisi için ömür seçin</translation>
    </message>
    <message>
        <source>filtering, {percent} %</source>
        <translation>süzülüyor, %{percent}</translation>
    </message>
    <message>
        <source>generated</source>
        <translation>üretildi</translation>
    </message>
    <message>
        <source>given</source>
        <translation>verildi</translation>
    </message>
    <message>
        <source>good</source>
        <translation>iyi</translation>
    </message>
    <message>
        <source>guest</source>
        <translation>konuk</translation>
    </message>
    <message>
        <source>half of a surrogate pair stands alone (byte {half})</source>
        <translation>bir vekil çiftin yarısı tek başına (bayt {half})</translation>
    </message>
    <message>
        <source>has expired</source>
        <translation>süresini doldurmuş</translation>
    </message>
    <message>
        <source>host</source>
        <translation>ev sahibi</translation>
    </message>
    <message>
        <source>https and wss</source>
        <translation>https ve wss</translation>
    </message>
    <message>
        <source>in {rate}/s</source>
        <translation>gelen {rate}/sn</translation>
    </message>
    <message>
        <source>in {time}</source>
        <translation>{time} sonra</translation>
    </message>
    <message>
        <source>is used up</source>
        <translation>tükenmiş</translation>
    </message>
    <message>
        <source>just now</source>
        <translation>az önce</translation>
    </message>
    <message>
        <source>kept</source>
        <translation>tutuldu</translation>
    </message>
    <message>
        <source>left out</source>
        <translation>atlandı</translation>
    </message>
    <message>
        <source>localhost: only this computer. 0.0.0.0: everyone on the network. Or one adapter&apos;s address.</source>
        <translation>localhost: yalnızca bu bilgisayar. 0.0.0.0: ağdaki herkes. Ya da bir bağdaştırıcının adresi.</translation>
    </message>
    <message>
        <source>lost: closed</source>
        <translation>kayıp: kapandı</translation>
    </message>
    <message>
        <source>member</source>
        <translation>üye</translation>
    </message>
    <message>
        <source>messages</source>
        <translation>ileti</translation>
    </message>
    <message>
        <source>never</source>
        <translation>hiç</translation>
    </message>
    <message>
        <source>no code</source>
        <translation>kod yok</translation>
    </message>
    <message>
        <source>no connections</source>
        <translation>bağlantı yok</translation>
    </message>
    <message>
        <source>no end</source>
        <translation>bitmez</translation>
    </message>
    <message>
        <source>no limit</source>
        <translation>sınırsız</translation>
    </message>
    <message>
        <source>no name</source>
        <translation>hiçbir ad</translation>
    </message>
    <message>
        <source>no sessions</source>
        <translation>oturum yok</translation>
    </message>
    <message>
        <source>none</source>
        <translation>yok</translation>
    </message>
    <message>
        <source>none kept</source>
        <translation>saklanan yok</translation>
    </message>
    <message>
        <source>none yet</source>
        <translation>henüz yok</translation>
    </message>
    <message>
        <source>not late</source>
        <translation>gecikmesiz</translation>
    </message>
    <message>
        <source>not now</source>
        <translation>şimdi değil</translation>
    </message>
    <message>
        <source>nothing more</source>
        <translation>başka bir şey yok</translation>
    </message>
    <message>
        <source>now</source>
        <translation>şimdi</translation>
    </message>
    <message>
        <source>off; local: a certificate made here, which each device must trust once; files: your own.</source>
        <translation>off; local: burada yapılan, her cihazın bir kez güveneceği sertifika; files: kendinizinki.</translation>
    </message>
    <message>
        <source>only this computer</source>
        <translation>yalnızca bu bilgisayar</translation>
    </message>
    <message>
        <source>out {rate}/s</source>
        <translation>giden {rate}/sn</translation>
    </message>
    <message>
        <source>password</source>
        <translation>parola</translation>
    </message>
    <message>
        <source>paused, {count} came since</source>
        <translation>duraklatıldı, {count} geldi</translation>
    </message>
    <message>
        <source>per 15 min</source>
        <translation>15 dk&apos;da</translation>
    </message>
    <message>
        <source>port {port}</source>
        <translation>bağlantı noktası {port}</translation>
    </message>
    <message>
        <source>pure Python</source>
        <translation>saf Python</translation>
    </message>
    <message>
        <source>queued</source>
        <translation>sırada</translation>
    </message>
    <message>
        <source>refused</source>
        <translation>reddedildi</translation>
    </message>
    <message>
        <source>replayed</source>
        <translation>yeniden gönderildi</translation>
    </message>
    <message>
        <source>rows</source>
        <translation>satır</translation>
    </message>
    <message>
        <source>s</source>
        <translation>sn</translation>
    </message>
    <message>
        <source>same</source>
        <translation>aynı</translation>
    </message>
    <message>
        <source>saved settings</source>
        <translation>kayıtlı ayarlar</translation>
    </message>
    <message>
        <source>seconds</source>
        <translation>saniye</translation>
    </message>
    <message>
        <source>sent late</source>
        <translation>geç gönderildi</translation>
    </message>
    <message>
        <source>silent {count} s</source>
        <translation>{count} sn&apos;dir sessiz</translation>
    </message>
    <message>
        <source>somebody else</source>
        <translation>başka biri</translation>
    </message>
    <message>
        <source>somebody who did not log in</source>
        <translation>giriş yapmamış biri</translation>
    </message>
    <message>
        <source>sorted by {column}</source>
        <translation>{column} sütununa göre sıralı</translation>
    </message>
    <message>
        <source>sorting, {percent} %</source>
        <translation>sıralanıyor, % {percent}</translation>
    </message>
    <message>
        <source>the current secret</source>
        <translation>şimdiki gizli anahtar</translation>
    </message>
    <message>
        <source>the newest</source>
        <translation>en yenisi</translation>
    </message>
    <message>
        <source>the two are {time} apart</source>
        <translation>ikisinin arası {time}</translation>
    </message>
    <message>
        <source>there</source>
        <translation>erişilebilir</translation>
    </message>
    <message>
        <source>there, {lag}</source>
        <translation>erişilebilir, {lag}</translation>
    </message>
    <message>
        <source>this node</source>
        <translation>bu düğüm</translation>
    </message>
    <message>
        <source>this one</source>
        <translation>bu</translation>
    </message>
    <message>
        <source>up {time}</source>
        <translation>çalışma {time}</translation>
    </message>
    <message>
        <source>usable</source>
        <translation>kullanılabilir</translation>
    </message>
    <message>
        <source>used up</source>
        <translation>tükendi</translation>
    </message>
    <message>
        <source>user</source>
        <translation>kullanıcı</translation>
    </message>
    <message>
        <source>virtual or VPN</source>
        <translation>sanal veya VPN</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>bekliyor</translation>
    </message>
    <message>
        <source>when you end it</source>
        <translation>siz bitirince</translation>
    </message>
    <message>
        <source>written</source>
        <translation>yazıldı</translation>
    </message>
    <message>
        <source>you end it</source>
        <translation>siz bitirirsiniz</translation>
    </message>
    <message>
        <source>you lift it</source>
        <translation>siz kaldırana dek</translation>
    </message>
    <message>
        <source>{accounts}, {online} online</source>
        <translation>{accounts}, {online} çevrimiçi</translation>
    </message>
    <message>
        <source>{activity}
Click for a larger chart</source>
        <translation>{activity}
Daha büyük grafik için tıklayın</translation>
    </message>
    <message>
        <source>{address} is this computer itself, which cannot be banned.</source>
        <translation>{address} bu bilgisayarın kendisidir, yasaklanamaz.</translation>
    </message>
    <message>
        <source>{cards} with new passwords were not put away. They are not kept anywhere.</source>
        <translation>Yeni parolalı {cards} kaldırılmadı. Hiçbir yerde saklanmıyor.</translation>
    </message>
    <message>
        <source>{changes} · nobody is disconnected</source>
        <translation>{changes} · kimsenin bağlantısı kesilmez</translation>
    </message>
    <message>
        <source>{changes} · saving disconnects {clients}</source>
        <translation>{changes} · kaydetmek {clients} bağlantısını keser</translation>
    </message>
    <message>
        <source>{chosen} of {all} selected</source>
        <translation>{chosen} / {all} seçili</translation>
    </message>
    <message>
        <source>{count} addresses</source>
        <translation>{count} adres</translation>
    </message>
    <message>
        <source>{count} messages from before were sent.</source>
        <translation>Öncesinden {count} ileti gönderildi.</translation>
    </message>
    <message>
        <source>{count} new ↓</source>
        <translation>{count} yeni ↓</translation>
    </message>
    <message>
        <source>{count} of them read slowly; it waits.</source>
        <translation>{count} tanesi yavaş okuyor; bekleniyor.</translation>
    </message>
    <message>
        <source>{count} people are here</source>
        <translation>{count} kişi burada</translation>
    </message>
    <message>
        <source>{count} users</source>
        <translation>{count} kullanıcı</translation>
    </message>
    <message>
        <source>{entry} is not allowed.</source>
        <translation>{entry} için izin yok.</translation>
    </message>
    <message>
        <source>{error} No account was made. Go back and press Preview to see what is left.</source>
        <translation>{error} Hiçbir hesap oluşturulmadı. Geri dönün ve kalanı görmek için Önizle&apos;ye basın.</translation>
    </message>
    <message>
        <source>{file} cannot be read ({reason}). Choose another file.</source>
        <translation>{file} okunamıyor ({reason}). Başka bir dosya seçin.</translation>
    </message>
    <message>
        <source>{file} cannot be read ({strerror})</source>
        <translation>{file} okunamıyor ({strerror})</translation>
    </message>
    <message>
        <source>{file} cannot be read ({strerror}).</source>
        <translation>{file} okunamıyor ({strerror}).</translation>
    </message>
    <message>
        <source>{file} cannot be written ({reason}). Choose another folder.</source>
        <translation>{file} yazılamıyor ({reason}). Başka bir klasör seçin.</translation>
    </message>
    <message>
        <source>{file} is not a file.</source>
        <translation>{file} bir dosya değil.</translation>
    </message>
    <message>
        <source>{first}, {second} and {count} more</source>
        <translation>{first}, {second} ve {count} kişi daha</translation>
    </message>
    <message>
        <source>{guests} will be logged out for good. Their names are free again.</source>
        <translation>{guests} kalıcı olarak çıkarılacak. Adları yeniden boş.</translation>
    </message>
    <message>
        <source>{host} is not an address of this computer now.</source>
        <translation>{host} şu anda bu bilgisayarın bir adresi değil.</translation>
    </message>
    <message>
        <source>{label} must not be empty.</source>
        <translation>{label} boş olamaz.</translation>
    </message>
    <message>
        <source>{least_chars} to {password_max_chars} characters</source>
        <translation>{least_chars} ile {password_max_chars} arası karakter</translation>
    </message>
    <message>
        <source>{least} to {most} letters and digits, single blanks, and . _ - @ + &apos;</source>
        <translation>{least} ile {most} arası harf ve rakam, tek boşluk ve . _ - @ + &apos;</translation>
    </message>
    <message>
        <source>{low} to {high} · default {default}</source>
        <translation>{low} – {high} · varsayılan {default}</translation>
    </message>
    <message>
        <source>{macos_clicks}: set it to allow incoming connections.</source>
        <translation>{macos_clicks}: gelen bağlantılara izin verin.</translation>
    </message>
    <message>
        <source>{macos_clicks}: switch that off.</source>
        <translation>{macos_clicks}: bunu kapatın.</translation>
    </message>
    <message>
        <source>{messages} are deleted for good, those that wait for people who are away included. Who comes back gets none of them. The traffic and its history stay as they are.</source>
        <translation>{messages} tümüyle silinir; uzakta olanları bekleyenler de buna dahildir. Geri gelen hiçbirini almaz. Trafik ve geçmişi olduğu gibi kalır.</translation>
    </message>
    <message>
        <source>{names} and {last}</source>
        <translation>{names} ve {last}</translation>
    </message>
    <message>
        <source>{names} may try again now.</source>
        <translation>{names} şimdi yeniden deneyebilir.</translation>
    </message>
    <message>
        <source>{name} (has left)</source>
        <translation>{name} (ayrıldı)</translation>
    </message>
    <message>
        <source>{name} acknowledged it {after} later.</source>
        <translation>{name} {after} sonra onayladı.</translation>
    </message>
    <message>
        <source>{name} did not fetch it in time; it is gone.</source>
        <translation>{name} zamanında almadı; ileti artık yok.</translation>
    </message>
    <message>
        <source>{name} has a new password.</source>
        <translation>{name} yeni bir parola aldı.</translation>
    </message>
    <message>
        <source>{name} is away: it waits for the next login, until {until}.</source>
        <translation>{name} uzakta: {until} zamanına dek bir sonraki girişi bekliyor.</translation>
    </message>
    <message>
        <source>{name} is damaged at line {number}.</source>
        <translation>{name}, {number}. satırda bozuk.</translation>
    </message>
    <message>
        <source>{name} is not connected, and was not since the traffic is kept.</source>
        <translation>{name} bağlı değil ve trafik saklandığından beri bağlanmadı.</translation>
    </message>
    <message>
        <source>{name} is not connected: left {when} with {value}.</source>
        <translation>{name} bağlı değil: {when} {value} ile ayrıldı.</translation>
    </message>
    <message>
        <source>{name} was away, and got it {after} later.</source>
        <translation>{name} uzaktaydı ve {after} sonra aldı.</translation>
    </message>
    <message>
        <source>{name} was changed meanwhile ({who}{when}); now: {role}, {state}.</source>
        <translation>{name} bu arada değiştirildi ({who}{when}); şimdi: {role}, {state}.</translation>
    </message>
    <message>
        <source>{name} was written by a newer version of this program.</source>
        <translation>{name} bu programın daha yeni bir sürümüyle yazılmış.</translation>
    </message>
    <message>
        <source>{now} now, {most} at most</source>
        <translation>şimdi {now}, en çok {most}</translation>
    </message>
    <message>
        <source>{problem} (character {place})</source>
        <translation>{problem} (karakter {place})</translation>
    </message>
    <message>
        <source>{rows} ({missing} passed too fast)</source>
        <translation>{rows} ({missing} çok hızlı geçti)</translation>
    </message>
    <message>
        <source>{rows} came and went while paused: the memory for traffic was full.</source>
        <translation>{rows} duraklatılmışken gelip gitti: trafik belleği doluydu.</translation>
    </message>
    <message>
        <source>{same}, and there is no difference.</source>
        <translation>{same} ve fark yok.</translation>
    </message>
    <message>
        <source>{same}. Then a connection of {name} differs:</source>
        <translation>{same}. Sonra bir {name} bağlantısı farklı:</translation>
    </message>
    <message>
        <source>{sentence} It is not used.</source>
        <translation>{sentence} Bu satır kullanılmaz.</translation>
    </message>
    <message>
        <source>{sentence} To search for the text, quote it.</source>
        <translation>{sentence} Metni aramak için tırnak içine alın.</translation>
    </message>
    <message>
        <source>{shown} of {all} shown</source>
        <translation>{all} içinden {shown} gösteriliyor</translation>
    </message>
    <message>
        <source>{shown} of {rows}</source>
        <translation>{shown} / {rows}</translation>
    </message>
    <message>
        <source>{time} ago</source>
        <translation>{time} önce</translation>
    </message>
    <message>
        <source>{value} is no traffic exported by this program as JSON Lines.</source>
        <translation>{value}, bu programın JSON Lines olarak dışa aktardığı trafik değil.</translation>
    </message>
    <message>
        <source>{value} {key} wait {wait_s} s after {failures} failures (Retry-After: {wait_s}).</source>
        <translation>{value} {key}, {failures} başarısızlıktan sonra {wait_s} sn bekler (Retry-After: {wait_s}).</translation>
    </message>
    <message>
        <source>{variable} ({source}) is no setting.</source>
        <translation>{variable} ({source}) bir ayar değil.</translation>
    </message>
    <message>
        <source>{variable} ({source}) is not used: {reason}.</source>
        <translation>{variable} ({source}) kullanılmıyor: {reason}.</translation>
    </message>
    <message>
        <source>{what} belongs to another program.</source>
        <translation>{what} başka bir programa ait.</translation>
    </message>
    <message>
        <source>{what} cannot be opened ({detail}).</source>
        <translation>{what} açılamıyor ({detail}).</translation>
    </message>
    <message>
        <source>{what} cannot be used ({detail}).</source>
        <translation>{what} kullanılamıyor ({detail}).</translation>
    </message>
    <message>
        <source>{what} cannot grow: the disk is full.</source>
        <translation>{what} büyüyemiyor: disk dolu.</translation>
    </message>
    <message>
        <source>{what} contains half a character (a lone surrogate).</source>
        <translation>{what} yarım karakter içeriyor (tek başına vekil).</translation>
    </message>
    <message>
        <source>{what} is UTF-16, not UTF-8.</source>
        <translation>{what} UTF-8 değil, UTF-16.</translation>
    </message>
    <message>
        <source>{what} is damaged or is not a database.</source>
        <translation>{what} bozuk ya da veritabanı değil.</translation>
    </message>
    <message>
        <source>{what} is locked by another program.</source>
        <translation>{what} başka bir program tarafından kilitli.</translation>
    </message>
    <message>
        <source>{what} is nested too deeply.</source>
        <translation>{what} çok derin iç içe.</translation>
    </message>
    <message>
        <source>{what} is not UTF-8: byte {value} is 0x{byte}.</source>
        <translation>{what} UTF-8 değil: {value}. bayt 0x{byte}.</translation>
    </message>
    <message>
        <source>{what} is not valid JSON: {detail}.</source>
        <translation>{what} geçerli JSON değil: {detail}.</translation>
    </message>
    <message>
        <source>{what} is read-only.</source>
        <translation>{what} salt okunur.</translation>
    </message>
    <message>
        <source>{what} must be a JSON object, not {value}.</source>
        <translation>{what} bir JSON nesnesi olmalıdır, {value} değil.</translation>
    </message>
    <message>
        <source>{what} must have {limits}.</source>
        <translation>{what} için gereken: {limits}.</translation>
    </message>
    <message>
        <source>{what} was deleted or moved away while this program uses it.</source>
        <translation>{what} bu program kullanırken silindi ya da taşındı.</translation>
    </message>
    <message>
        <source>{what} was replaced or overwritten by another program while this one uses it.</source>
        <translation>{what} bu program kullanırken başka bir program tarafından değiştirildi ya da üzerine yazıldı.</translation>
    </message>
    <message>
        <source>{what} was written by a newer version of this program.</source>
        <translation>{what} bu programın daha yeni bir sürümüyle yazılmış.</translation>
    </message>
    <message>
        <source>{where} cannot be asked ({name})</source>
        <translation>{where} sorgulanamıyor ({name})</translation>
    </message>
    <message>
        <source>{where} must be a whole number{example}, not &apos;{text}&apos;.</source>
        <translation>{where} bir tam sayı{example} olmalıdır, &apos;{text}&apos; değil.</translation>
    </message>
    <message>
        <source>{where} must be one of {allowed}, not &apos;{value}&apos;.</source>
        <translation>{where} şunlardan biri olmalıdır: {allowed}; &apos;{value}&apos; değil.</translation>
    </message>
    <message>
        <source>{where} must be {limits}, not {value}.</source>
        <translation>{where} şu olmalıdır: {limits}; {value} değil.</translation>
    </message>
    <message>
        <source>{where} takes letters, digits and hyphens, such as club.</source>
        <translation>{where} harf, rakam ve tire alır, örneğin club.</translation>
    </message>
    <message>
        <source>{why} Nothing of it is used.</source>
        <translation>{why} İçinden hiçbir şey kullanılmıyor.</translation>
    </message>
    <message>
        <source>“{name}:” knows no “{wrong}”.</source>
        <translation>“{name}:” içinde “{wrong}” yok.</translation>
    </message>
    <message>
        <source>“{name}” is compared: write {name}&gt; or {name}&lt;.</source>
        <translation>“{name}” karşılaştırılır: {name}&gt; ya da {name}&lt; yazın.</translation>
    </message>
    <message>
        <source>“{setting}” is set from outside: {source}. Change it there.</source>
        <translation>“{setting}” dışarıdan belirlenmiş: {source}. Orada değiştirin.</translation>
    </message>
    <message>
        <source>“{value}” cannot be compared; size, took and time can.</source>
        <translation>“{value}” karşılaştırılamaz; size, took ve time karşılaştırılabilir.</translation>
    </message>
    <message>
        <source>… {count} more bytes</source>
        <translation>… {count} bayt daha</translation>
    </message>
    <message>
        <source>○ Not connected yet: run a snippet and watch it arrive.</source>
        <translation>○ Henüz bağlı değil: bir örnek çalıştırıp gelişini izleyin.</translation>
    </message>
    <message>
        <source>● Connected from {address}</source>
        <translation>● {address} adresinden bağlı</translation>
    </message>
</context>
</TS>
