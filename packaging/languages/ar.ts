<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="ar" sourcelanguage="en">
<context>
    <name>Authws</name>
    <message>
        <source> One more fault below.</source>
        <translation> خطأ آخر أدناه.</translation>
    </message>
    <message>
        <source> Save to have it so.</source>
        <translation> احفظ ليكون كذلك.</translation>
    </message>
    <message>
        <source> {count} more faults below.</source>
        <translation> {count} أخطاء أخرى أدناه.</translation>
    </message>
    <message numerus="yes">
        <source>%n accounts</source>
        <translation>
            <numerusform>%n حساب</numerusform>
            <numerusform>حساب واحد</numerusform>
            <numerusform>حسابان</numerusform>
            <numerusform>%n حسابات</numerusform>
            <numerusform>%n حسابًا</numerusform>
            <numerusform>%n حساب</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n accounts will be made.</source>
        <translation>
            <numerusform>سيُنشأ %n حساب.</numerusform>
            <numerusform>سيُنشأ حساب واحد.</numerusform>
            <numerusform>سيُنشأ حسابان.</numerusform>
            <numerusform>ستُنشأ %n حسابات.</numerusform>
            <numerusform>سيُنشأ %n حسابًا.</numerusform>
            <numerusform>سيُنشأ %n حساب.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n acts</source>
        <translation>
            <numerusform>%n إجراء</numerusform>
            <numerusform>إجراء واحد</numerusform>
            <numerusform>إجراءان</numerusform>
            <numerusform>%n إجراءات</numerusform>
            <numerusform>%n إجراءً</numerusform>
            <numerusform>%n إجراء</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n bytes</source>
        <translation>
            <numerusform>%n بايت</numerusform>
            <numerusform>بايت واحد</numerusform>
            <numerusform>بايتان</numerusform>
            <numerusform>%n بايتات</numerusform>
            <numerusform>%n بايتًا</numerusform>
            <numerusform>%n بايت</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n cards</source>
        <translation>
            <numerusform>%n بطاقة</numerusform>
            <numerusform>بطاقة واحدة</numerusform>
            <numerusform>بطاقتان</numerusform>
            <numerusform>%n بطاقات</numerusform>
            <numerusform>%n بطاقة</numerusform>
            <numerusform>%n بطاقة</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n changes</source>
        <translation>
            <numerusform>%n تغيير</numerusform>
            <numerusform>تغيير واحد</numerusform>
            <numerusform>تغييران</numerusform>
            <numerusform>%n تغييرات</numerusform>
            <numerusform>%n تغييرًا</numerusform>
            <numerusform>%n تغيير</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n clients</source>
        <translation>
            <numerusform>%n عميل</numerusform>
            <numerusform>عميل واحد</numerusform>
            <numerusform>عميلان</numerusform>
            <numerusform>%n عملاء</numerusform>
            <numerusform>%n عميلًا</numerusform>
            <numerusform>%n عميل</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n clients are connected.</source>
        <translation>
            <numerusform>%n عميل متصل.</numerusform>
            <numerusform>عميل واحد متصل.</numerusform>
            <numerusform>عميلان متصلان.</numerusform>
            <numerusform>%n عملاء متصلون.</numerusform>
            <numerusform>%n عميلًا متصلون.</numerusform>
            <numerusform>%n عميل متصلون.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n connections</source>
        <translation>
            <numerusform>%n اتصال</numerusform>
            <numerusform>اتصال واحد</numerusform>
            <numerusform>اتصالان</numerusform>
            <numerusform>%n اتصالات</numerusform>
            <numerusform>%n اتصالًا</numerusform>
            <numerusform>%n اتصال</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n connections still use the old secret.</source>
        <translation>
            <numerusform>%n اتصال ما زال يستخدم السر القديم.</numerusform>
            <numerusform>اتصال واحد ما زال يستخدم السر القديم.</numerusform>
            <numerusform>اتصالان ما زالا يستخدمان السر القديم.</numerusform>
            <numerusform>%n اتصالات ما زالت تستخدم السر القديم.</numerusform>
            <numerusform>%n اتصالًا ما زالت تستخدم السر القديم.</numerusform>
            <numerusform>%n اتصال ما زالت تستخدم السر القديم.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n errors</source>
        <translation>
            <numerusform>‏%n خطأ</numerusform>
            <numerusform>خطأ واحد</numerusform>
            <numerusform>خطآن</numerusform>
            <numerusform>%n أخطاء</numerusform>
            <numerusform>%n خطأً</numerusform>
            <numerusform>%n خطأ</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n fields</source>
        <translation>
            <numerusform>%n حقل</numerusform>
            <numerusform>حقل واحد</numerusform>
            <numerusform>حقلان</numerusform>
            <numerusform>%n حقول</numerusform>
            <numerusform>%n حقلًا</numerusform>
            <numerusform>%n حقل</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n guests</source>
        <translation>
            <numerusform>%n ضيف</numerusform>
            <numerusform>ضيف واحد</numerusform>
            <numerusform>ضيفان</numerusform>
            <numerusform>%n ضيوف</numerusform>
            <numerusform>%n ضيفًا</numerusform>
            <numerusform>%n ضيف</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n invitations</source>
        <translation>
            <numerusform>%n دعوة</numerusform>
            <numerusform>دعوة واحدة</numerusform>
            <numerusform>دعوتان</numerusform>
            <numerusform>%n دعوات</numerusform>
            <numerusform>%n دعوة</numerusform>
            <numerusform>%n دعوة</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n items</source>
        <translation>
            <numerusform>%n عنصر</numerusform>
            <numerusform>عنصر واحد</numerusform>
            <numerusform>عنصران</numerusform>
            <numerusform>%n عناصر</numerusform>
            <numerusform>%n عنصرًا</numerusform>
            <numerusform>%n عنصر</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n joined</source>
        <translation>
            <numerusform>انضم %n</numerusform>
            <numerusform>انضم واحد</numerusform>
            <numerusform>انضم اثنان</numerusform>
            <numerusform>انضم %n</numerusform>
            <numerusform>انضم %n</numerusform>
            <numerusform>انضم %n</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n kept messages</source>
        <translation>
            <numerusform>%n رسالة محفوظة</numerusform>
            <numerusform>رسالة محفوظة واحدة</numerusform>
            <numerusform>رسالتان محفوظتان</numerusform>
            <numerusform>%n رسائل محفوظة</numerusform>
            <numerusform>%n رسالة محفوظة</numerusform>
            <numerusform>%n رسالة محفوظة</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n lines</source>
        <translation>
            <numerusform>%n سطر</numerusform>
            <numerusform>سطر واحد</numerusform>
            <numerusform>سطران</numerusform>
            <numerusform>%n أسطر</numerusform>
            <numerusform>%n سطرًا</numerusform>
            <numerusform>%n سطر</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n lines have a problem and are left out.</source>
        <translation>
            <numerusform>%n سطر فيه مشكلة ويُترك.</numerusform>
            <numerusform>سطر واحد فيه مشكلة ويُترك.</numerusform>
            <numerusform>سطران فيهما مشكلة ويُتركان.</numerusform>
            <numerusform>%n أسطر فيها مشكلة وتُترك.</numerusform>
            <numerusform>%n سطرًا فيها مشكلة وتُترك.</numerusform>
            <numerusform>%n سطر فيها مشكلة وتُترك.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n logins were refused.</source>
        <translation>
            <numerusform>رُفض %n تسجيل دخول.</numerusform>
            <numerusform>رُفض تسجيل دخول واحد.</numerusform>
            <numerusform>رُفض تسجيلا دخول.</numerusform>
            <numerusform>رُفضت %n تسجيلات دخول.</numerusform>
            <numerusform>رُفض %n تسجيل دخول.</numerusform>
            <numerusform>رُفض %n تسجيل دخول.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n messages</source>
        <translation>
            <numerusform>%n رسالة</numerusform>
            <numerusform>رسالة واحدة</numerusform>
            <numerusform>رسالتان</numerusform>
            <numerusform>%n رسائل</numerusform>
            <numerusform>%n رسالة</numerusform>
            <numerusform>%n رسالة</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n people wait for your approval.</source>
        <translation>
            <numerusform>%n شخص ينتظر موافقتك.</numerusform>
            <numerusform>شخص واحد ينتظر موافقتك.</numerusform>
            <numerusform>شخصان ينتظران موافقتك.</numerusform>
            <numerusform>%n أشخاص ينتظرون موافقتك.</numerusform>
            <numerusform>%n شخصًا ينتظرون موافقتك.</numerusform>
            <numerusform>%n شخص ينتظرون موافقتك.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n read slowly: it waits for them.</source>
        <translation>
            <numerusform>%n يقرأ ببطء: فهي تنتظر.</numerusform>
            <numerusform>واحد يقرأ ببطء: فهي تنتظره.</numerusform>
            <numerusform>اثنان يقرآن ببطء: فهي تنتظرهما.</numerusform>
            <numerusform>%n يقرؤون ببطء: فهي تنتظرهم.</numerusform>
            <numerusform>%n يقرؤون ببطء: فهي تنتظرهم.</numerusform>
            <numerusform>%n يقرؤون ببطء: فهي تنتظرهم.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n rows</source>
        <translation>
            <numerusform>%n صف</numerusform>
            <numerusform>صف واحد</numerusform>
            <numerusform>صفان</numerusform>
            <numerusform>%n صفوف</numerusform>
            <numerusform>%n صفًا</numerusform>
            <numerusform>%n صف</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n rows are the same</source>
        <translation>
            <numerusform>‏%n صف متطابق</numerusform>
            <numerusform>صف واحد متطابق</numerusform>
            <numerusform>صفان متطابقان</numerusform>
            <numerusform>%n صفوف متطابقة</numerusform>
            <numerusform>%n صفًا متطابقًا</numerusform>
            <numerusform>%n صف متطابق</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n sessions</source>
        <translation>
            <numerusform>%n جلسة</numerusform>
            <numerusform>جلسة واحدة</numerusform>
            <numerusform>جلستان</numerusform>
            <numerusform>%n جلسات</numerusform>
            <numerusform>%n جلسة</numerusform>
            <numerusform>%n جلسة</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n users</source>
        <translation>
            <numerusform>%n مستخدم</numerusform>
            <numerusform>مستخدم واحد</numerusform>
            <numerusform>مستخدمان</numerusform>
            <numerusform>%n مستخدمين</numerusform>
            <numerusform>%n مستخدمًا</numerusform>
            <numerusform>%n مستخدم</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n values are wrong</source>
        <translation>
            <numerusform>%n قيمة خاطئة</numerusform>
            <numerusform>قيمة واحدة خاطئة</numerusform>
            <numerusform>قيمتان خاطئتان</numerusform>
            <numerusform>%n قيم خاطئة</numerusform>
            <numerusform>%n قيمة خاطئة</numerusform>
            <numerusform>%n قيمة خاطئة</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n were lost as their connections closed.</source>
        <translation>
            <numerusform>ضاع %n حين أُغلقت الاتصالات.</numerusform>
            <numerusform>ضاع واحد حين أُغلق الاتصال.</numerusform>
            <numerusform>ضاع اثنان حين أُغلق اتصالاهما.</numerusform>
            <numerusform>ضاعت %n حين أُغلقت اتصالاتها.</numerusform>
            <numerusform>ضاع %n حين أُغلقت اتصالاتها.</numerusform>
            <numerusform>ضاع %n حين أُغلقت اتصالاتها.</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n were sent late.</source>
        <translation>
            <numerusform>أُرسل %n متأخرًا.</numerusform>
            <numerusform>أُرسل واحد متأخرًا.</numerusform>
            <numerusform>أُرسل اثنان متأخرين.</numerusform>
            <numerusform>أُرسلت %n متأخرة.</numerusform>
            <numerusform>أُرسل %n متأخرًا.</numerusform>
            <numerusform>أُرسل %n متأخرًا.</numerusform>
        </translation>
    </message>
    <message>
        <source>&amp;About Authws Desktop</source>
        <translation>&amp;حول Authws Desktop</translation>
    </message>
    <message>
        <source>&amp;Accounts</source>
        <translation>&amp;الحسابات</translation>
    </message>
    <message>
        <source>&amp;Answers as rows	E</source>
        <translation>الأ&amp;جوبة صفوفًا	E</translation>
    </message>
    <message>
        <source>&amp;Bans…</source>
        <translation>ال&amp;حظر…</translation>
    </message>
    <message>
        <source>&amp;Clear	Ctrl+L</source>
        <translation>م&amp;سح	Ctrl+L</translation>
    </message>
    <message>
        <source>&amp;Cluster…</source>
        <translation>ال&amp;عنقود…</translation>
    </message>
    <message>
        <source>&amp;Copy WebSocket address</source>
        <translation>&amp;نسخ عنوان WebSocket</translation>
    </message>
    <message>
        <source>&amp;Documentation</source>
        <translation>ال&amp;توثيق</translation>
    </message>
    <message>
        <source>&amp;Export and open</source>
        <translation>&amp;تصدير وفتح</translation>
    </message>
    <message>
        <source>&amp;Follow	F</source>
        <translation>&amp;متابعة	F</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>&amp;مساعدة</translation>
    </message>
    <message>
        <source>&amp;Open in browser</source>
        <translation>&amp;فتح في المتصفح</translation>
    </message>
    <message>
        <source>&amp;Pause	Space</source>
        <translation>إي&amp;قاف مؤقت	Space</translation>
    </message>
    <message>
        <source>&amp;Projector</source>
        <translation>العا&amp;رض</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>إن&amp;هاء</translation>
    </message>
    <message>
        <source>&amp;Room</source>
        <translation>ال&amp;غرفة</translation>
    </message>
    <message>
        <source>&amp;Send as server…</source>
        <translation>إ&amp;رسال بصفة الخادم…</translation>
    </message>
    <message>
        <source>&amp;Server</source>
        <translation>ال&amp;خادم</translation>
    </message>
    <message>
        <source>&amp;Start</source>
        <translation>&amp;بدء</translation>
    </message>
    <message>
        <source>&amp;Stop</source>
        <translation>إي&amp;قاف</translation>
    </message>
    <message>
        <source>&amp;Time order	Esc</source>
        <translation>ترتيب &amp;زمني	Esc</translation>
    </message>
    <message>
        <source>&amp;Traffic</source>
        <translation>ال&amp;حركة</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>&amp;عرض</translation>
    </message>
    <message>
        <source>&apos;{address}&apos; is not an IP address.</source>
        <translation>‏&apos;{address}&apos; ليس عنوان IP.</translation>
    </message>
    <message>
        <source>&apos;{host}&apos; is not an address of this computer.</source>
        <translation>‏&apos;{host}&apos; ليس عنوانًا لهذا الحاسوب.</translation>
    </message>
    <message>
        <source>&apos;{username}&apos; is a guest here, who has no account.</source>
        <translation>‏&apos;{username}&apos; ضيف هنا، ولا حساب له.</translation>
    </message>
    <message>
        <source>&apos;{username}&apos; is a guest, who has neither a password nor another role.</source>
        <translation>‏&apos;{username}&apos; ضيف، ليس له كلمة مرور ولا دور آخر.</translation>
    </message>
    <message>
        <source>, {count} waiting</source>
        <translation>، {count} تنتظر</translation>
    </message>
    <message>
        <source>/s</source>
        <translation>/ث</translation>
    </message>
    <message>
        <source>1 person is here</source>
        <translation>هنا شخص واحد</translation>
    </message>
    <message>
        <source>1. Join the Wi-Fi</source>
        <translation>1. انضم إلى شبكة Wi-Fi</translation>
    </message>
    <message>
        <source>2 min ago</source>
        <translation>قبل 2 د</translation>
    </message>
    <message>
        <source>2. Come in: scan, or type</source>
        <translation>2. ادخل: امسح الرمز أو اكتب</translation>
    </message>
    <message>
        <source>32 characters or more</source>
        <translation>32 حرفًا أو أكثر</translation>
    </message>
    <message>
        <source>A Wi-Fi&apos;s name has at most 32 bytes.</source>
        <translation>اسم شبكة Wi-Fi لا يتجاوز 32 بايت.</translation>
    </message>
    <message>
        <source>A Wi-Fi&apos;s password has 8 to 63 characters.</source>
        <translation>كلمة مرور شبكة Wi-Fi من 8 إلى 63 حرفًا.</translation>
    </message>
    <message>
        <source>A client that reads so slowly that more than this waits for it is closed (4008).</source>
        <translation>يُقطع (4008) عميل يقرأ ببطء حتى ينتظره أكثر من هذا.</translation>
    </message>
    <message>
        <source>A connection that does not answer a ping in time is ended.</source>
        <translation>يُنهى اتصال لا يجيب عن اختبار ping في الوقت.</translation>
    </message>
    <message>
        <source>A connection that has not authenticated by then is closed (4001).</source>
        <translation>يُقطع (4001) اتصال لم يصادق حتى ذلك الوقت.</translation>
    </message>
    <message>
        <source>A direct names its recipient in “to”: a user or a connection.</source>
        <translation>الرسالة المباشرة تسمي مستلمها في «to»: مستخدمًا أو اتصالًا.</translation>
    </message>
    <message>
        <source>A file in {folder} is not a certificate or key.</source>
        <translation>ملف في {folder} ليس شهادة ولا مفتاحًا.</translation>
    </message>
    <message>
        <source>A frame is a JSON object with a “type”: authenticate, message or direct.</source>
        <translation>الإطار كائن JSON فيه «type»: authenticate أو message أو direct.</translation>
    </message>
    <message>
        <source>A host may also manage this server over HTTP.</source>
        <translation>يجوز للمضيف أيضًا إدارة هذا الخادم عبر HTTP.</translation>
    </message>
    <message>
        <source>A key is missing beside a dot.</source>
        <translation>ينقص مفتاح بجانب نقطة.</translation>
    </message>
    <message>
        <source>A language is written as a short code, such as en, de or pt-BR.</source>
        <translation>تُكتب اللغة برمز قصير، مثل en أو de أو pt-BR.</translation>
    </message>
    <message>
        <source>A larger one ends the connection (1009). Many clients take no more than 1 MiB.</source>
        <translation>الأكبر منها تنهي الاتصال (1009). كثير من العملاء لا يقبل أكثر من 1 MiB.</translation>
    </message>
    <message>
        <source>A message from the tray when a login was refused.</source>
        <translation>تنبيه من شريط النظام عند رفض تسجيل دخول.</translation>
    </message>
    <message>
        <source>A message from the tray when somebody connects first.</source>
        <translation>تنبيه من شريط النظام عند اتصال أول شخص.</translation>
    </message>
    <message>
        <source>A message from the tray when somebody waits for approval.</source>
        <translation>تنبيه من شريط النظام عندما ينتظر أحد الموافقة.</translation>
    </message>
    <message>
        <source>A message to {to} was not fetched in time, and is gone.</source>
        <translation>رسالة إلى {to} لم تُستلم في وقتها، وقد زالت.</translation>
    </message>
    <message>
        <source>A newer version</source>
        <translation>إصدار أحدث</translation>
    </message>
    <message>
        <source>A number or nothing.</source>
        <translation>عدد أو لا شيء.</translation>
    </message>
    <message>
        <source>A real-time WebSocket server with real logins. MIT licence.</source>
        <translation>خادم WebSocket فوري بتسجيل دخول حقيقي. رخصة MIT.</translation>
    </message>
    <message>
        <source>A recording…</source>
        <translation>تسجيل…</translation>
    </message>
    <message>
        <source>A regular expression stands between two slashes, /like this/.</source>
        <translation>يُكتب التعبير النمطي بين شرطتين مائلتين، ‎/هكذا/.</translation>
    </message>
    <message>
        <source>A request has exactly one &apos;Host&apos; header.</source>
        <translation>في الطلب ترويسة &apos;Host&apos; واحدة بالضبط.</translation>
    </message>
    <message>
        <source>A rule of the firewall ufw blocks port {port}.</source>
        <translation>قاعدة في الجدار الناري ufw تحجب المنفذ {port}.</translation>
    </message>
    <message>
        <source>A sentence that everybody reads before they come in.</source>
        <translation>جملة يقرؤها الجميع قبل الدخول.</translation>
    </message>
    <message>
        <source>A size is a number of bytes, such as size&gt;200 or size&lt;10k.</source>
        <translation>الحجم عدد من البايتات، مثل size&gt;200 أو size&lt;10k.</translation>
    </message>
    <message>
        <source>A time is a number of ms or s, such as took&gt;100ms or took&gt;1.5s.</source>
        <translation>المدة عدد بوحدة ms أو s، مثل took&gt;100ms أو took&gt;1.5s.</translation>
    </message>
    <message>
        <source>A time of day is written as 20:41 or 20:41:05.</source>
        <translation>يُكتب وقت اليوم هكذا: 20:41 أو 20:41:05.</translation>
    </message>
    <message>
        <source>A visitor, who has no account here.</source>
        <translation>زائر لا حساب له هنا.</translation>
    </message>
    <message>
        <source>About Authws Desktop</source>
        <translation>حول Authws Desktop</translation>
    </message>
    <message>
        <source>Accept</source>
        <translation>قبول</translation>
    </message>
    <message>
        <source>Accept them, and they can log in.</source>
        <translation>اقبله فيستطيع تسجيل الدخول.</translation>
    </message>
    <message>
        <source>Accepted {names}. They can log in now.</source>
        <translation>قُبل {names}. يمكنهم تسجيل الدخول الآن.</translation>
    </message>
    <message>
        <source>Account</source>
        <translation>الحساب</translation>
    </message>
    <message>
        <source>Account or token ended ({code}).</source>
        <translation>انتهى الحساب أو الرمز ({code}).</translation>
    </message>
    <message>
        <source>Accounts</source>
        <translation>الحسابات</translation>
    </message>
    <message>
        <source>Accounts that were made with them stay.</source>
        <translation>الحسابات التي أُنشئت بها تبقى.</translation>
    </message>
    <message>
        <source>Activity</source>
        <translation>النشاط</translation>
    </message>
    <message>
        <source>Activity of the last 2 minutes</source>
        <translation>نشاط آخر دقيقتين</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>إضافة</translation>
    </message>
    <message>
        <source>Add &amp;virtual users…</source>
        <translation>إضافة مستخدمين ا&amp;فتراضيين…</translation>
    </message>
    <message>
        <source>Add a column</source>
        <translation>إضافة عمود</translation>
    </message>
    <message>
        <source>Add column…</source>
        <translation>إضافة عمود…</translation>
    </message>
    <message>
        <source>Add virtual users</source>
        <translation>إضافة مستخدمين افتراضيين</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>العنوان</translation>
    </message>
    <message>
        <source>Address in the snippets</source>
        <translation>العنوان في المقتطفات</translation>
    </message>
    <message>
        <source>Address on the cards</source>
        <translation>العنوان على البطاقات</translation>
    </message>
    <message>
        <source>Address to give out</source>
        <translation>العنوان الذي يُعطى</translation>
    </message>
    <message>
        <source>Address to show</source>
        <translation>العنوان المعروض</translation>
    </message>
    <message>
        <source>Addresses or networks of your own reverse proxies, such as 10.0.0.0/8: what they say of a client&apos;s address (X-Forwarded-For) is believed.</source>
        <translation>عناوين أو شبكات وكلائك العكسيين، مثل 10.0.0.0/8: يُصدَّق ما يقولونه عن عنوان العميل (X-Forwarded-For).</translation>
    </message>
    <message>
        <source>Administrative acts</source>
        <translation>إجراءات الإدارة</translation>
    </message>
    <message>
        <source>After too many wrong passwords, people are listed here.</source>
        <translation>يظهر الناس هنا بعد كلمات مرور خاطئة كثيرة.</translation>
    </message>
    <message>
        <source>All buffers</source>
        <translation>كل المخازن</translation>
    </message>
    <message>
        <source>All nodes, half a second late</source>
        <translation>جميع العقد، بتأخير نصف ثانية</translation>
    </message>
    <message>
        <source>All that is kept</source>
        <translation>كل ما هو محفوظ</translation>
    </message>
    <message>
        <source>Allow writing to the file and its folder, or choose another data folder; of PostgreSQL, name the server that is no standby.</source>
        <translation>اسمح بالكتابة في الملف ومجلده، أو اختر مجلد بيانات آخر؛ وفي PostgreSQL سمِّ الخادم غير الاحتياطي.</translation>
    </message>
    <message>
        <source>Allow writing to the file and its folder.</source>
        <translation>اسمح بالكتابة في الملف ومجلده.</translation>
    </message>
    <message>
        <source>Allow {entry} from now on; nobody is disconnected.</source>
        <translation>اسمح بـ {entry} من الآن؛ لا يُقطع أحد.</translation>
    </message>
    <message>
        <source>Allowed host names</source>
        <translation>أسماء المضيفين المسموحة</translation>
    </message>
    <message>
        <source>Allowed origins</source>
        <translation>المصادر المسموحة</translation>
    </message>
    <message>
        <source>Also the last 50 messages before</source>
        <translation>وآخر 50 رسالة قبلها أيضًا</translation>
    </message>
    <message>
        <source>Also what few people change</source>
        <translation>وما لا يغيره إلا قليلون</translation>
    </message>
    <message>
        <source>An announcement has at most {max_characters} characters; this one has {said}.</source>
        <translation>الإعلان لا يتجاوز {max_characters} حرفًا؛ وهذا فيه {said}.</translation>
    </message>
    <message>
        <source>An announcement needs a text.</source>
        <translation>الإعلان يحتاج إلى نص.</translation>
    </message>
    <message>
        <source>Announce</source>
        <translation>إعلان</translation>
    </message>
    <message>
        <source>Announcement to everyone</source>
        <translation>إعلان للجميع</translation>
    </message>
    <message>
        <source>Announce…</source>
        <translation>إعلان…</translation>
    </message>
    <message>
        <source>Announce… (nobody is logged in)</source>
        <translation>إعلان… (لا أحد مسجل الدخول)</translation>
    </message>
    <message>
        <source>Another algorithm than HS256 is named.</source>
        <translation>ذُكرت خوارزمية غير HS256.</translation>
    </message>
    <message>
        <source>Answer within</source>
        <translation>الجواب خلال</translation>
    </message>
    <message>
        <source>Answers</source>
        <translation>الأجوبة</translation>
    </message>
    <message>
        <source>App</source>
        <translation>التطبيق</translation>
    </message>
    <message>
        <source>Approval: you accept each newcomer</source>
        <translation>موافقة: تقبل كل قادم جديد</translation>
    </message>
    <message>
        <source>As</source>
        <translation>بصفة</translation>
    </message>
    <message>
        <source>As CSV…</source>
        <translation>بصيغة CSV…</translation>
    </message>
    <message>
        <source>As JSON Lines…</source>
        <translation>بصيغة JSON Lines…</translation>
    </message>
    <message>
        <source>As it was at {time}: {there}</source>
        <translation>كما كان في {time}: {there}</translation>
    </message>
    <message>
        <source>As set below</source>
        <translation>كما هو مضبوط أدناه</translation>
    </message>
    <message>
        <source>As the environment says</source>
        <translation>كما تقول البيئة</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>كالنظام</translation>
    </message>
    <message>
        <source>Ask the host for a new one.</source>
        <translation>اطلب من المضيف واحدًا جديدًا.</translation>
    </message>
    <message>
        <source>Ask the host for one.</source>
        <translation>اطلب من المضيف واحدًا.</translation>
    </message>
    <message>
        <source>Ask the host to enable it.</source>
        <translation>اطلب من المضيف تفعيله.</translation>
    </message>
    <message>
        <source>Ask the host to end those who are gone.</source>
        <translation>اطلب من المضيف إخراج من غادروا.</translation>
    </message>
    <message>
        <source>Ask the host to look at them, then try again.</source>
        <translation>اطلب من المضيف أن ينظر فيهم، ثم حاول ثانية.</translation>
    </message>
    <message>
        <source>Ask the recipient before it is sent a second time.</source>
        <translation>اسأل المستلم قبل إرسالها مرة ثانية.</translation>
    </message>
    <message>
        <source>Ask what to do</source>
        <translation>السؤال عما يُفعل</translation>
    </message>
    <message>
        <source>Asked</source>
        <translation>طُلب</translation>
    </message>
    <message>
        <source>Asking…</source>
        <translation>جارٍ السؤال…</translation>
    </message>
    <message>
        <source>Asks the page of this program, and sends nothing else.</source>
        <translation>يسأل صفحة هذا البرنامج ولا يرسل أي شيء آخر.</translation>
    </message>
    <message>
        <source>At least 8 characters of any kind.</source>
        <translation>8 أحرف على الأقل من أي نوع.</translation>
    </message>
    <message>
        <source>At the start and once a day, the page of this program is asked. Off: nobody is asked.</source>
        <translation>عند البدء ومرة كل يوم تُسأل صفحة هذا البرنامج. متوقف: لا يُسأل أحد.</translation>
    </message>
    <message>
        <source>Audit</source>
        <translation>سجل التدقيق</translation>
    </message>
    <message>
        <source>Authws Desktop</source>
        <translation>Authws Desktop</translation>
    </message>
    <message>
        <source>Authws Desktop cannot start</source>
        <translation>لا يمكن بدء Authws Desktop</translation>
    </message>
    <message>
        <source>Authws Desktop is already open ({who}), but it does not answer. Wait a moment, or end that process, and start it again.</source>
        <translation>ا Authws Desktop مفتوح بالفعل ({who}) لكنه لا يجيب. انتظر لحظة، أو أنهِ تلك العملية، ثم ابدأه من جديد.</translation>
    </message>
    <message>
        <source>B hides everything    W Wi-Fi…    F11 whole screen    Esc closes</source>
        <translation>‏B يخفي كل شيء    W شبكة Wi-Fi…    F11 الشاشة كلها    Esc يغلق</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>رجوع</translation>
    </message>
    <message>
        <source>Back to live</source>
        <translation>العودة إلى المباشر</translation>
    </message>
    <message>
        <source>Back to now</source>
        <translation>العودة إلى الآن</translation>
    </message>
    <message>
        <source>Back to the live traffic</source>
        <translation>العودة إلى الحركة المباشرة</translation>
    </message>
    <message>
        <source>Ban</source>
        <translation>حظر</translation>
    </message>
    <message>
        <source>Ban address…</source>
        <translation>حظر العنوان…</translation>
    </message>
    <message>
        <source>Ban the address instead.</source>
        <translation>احظر العنوان بدلًا من ذلك.</translation>
    </message>
    <message>
        <source>Ban user…</source>
        <translation>حظر المستخدم…</translation>
    </message>
    <message>
        <source>Ban {whom}?</source>
        <translation>حظر {whom}؟</translation>
    </message>
    <message>
        <source>Bandwidth</source>
        <translation>عرض النطاق</translation>
    </message>
    <message>
        <source>Banned by the host ({code}).</source>
        <translation>حظره المضيف ({code}).</translation>
    </message>
    <message>
        <source>Banned until</source>
        <translation>محظور حتى</translation>
    </message>
    <message>
        <source>Bans</source>
        <translation>الحظر</translation>
    </message>
    <message>
        <source>Bans…</source>
        <translation>الحظر…</translation>
    </message>
    <message>
        <source>Beyond every calendar.</source>
        <translation>بعد كل تقويم.</translation>
    </message>
    <message>
        <source>Both ways</source>
        <translation>الاتجاهان</translation>
    </message>
    <message>
        <source>By time again, with what came meanwhile (Esc)</source>
        <translation>حسب الوقت من جديد، مع ما وصل في الأثناء (Esc)</translation>
    </message>
    <message>
        <source>Bytes</source>
        <translation>بايت</translation>
    </message>
    <message>
        <source>CSV (*.csv)</source>
        <translation>CSV (*.csv)</translation>
    </message>
    <message>
        <source>CSV files (*.csv)</source>
        <translation>ملفات CSV (*.csv)</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>إلغاء</translation>
    </message>
    <message>
        <source>Cancelled.</source>
        <translation>أُلغي.</translation>
    </message>
    <message>
        <source>Cancelled; no account was made.</source>
        <translation>أُلغي؛ لم يُنشأ أي حساب.</translation>
    </message>
    <message>
        <source>Cannot listen on {host} port {port}: {value}.</source>
        <translation>لا يمكن الاستماع على {host} المنفذ {port}: {value}.</translation>
    </message>
    <message>
        <source>Certificate file</source>
        <translation>ملف الشهادة</translation>
    </message>
    <message>
        <source>Certificate until {date}, SHA-256 {code}</source>
        <translation>الشهادة حتى {date}، SHA-256 {code}</translation>
    </message>
    <message>
        <source>Certificate until {date}. SHA-256 of its authority: {code}</source>
        <translation>الشهادة حتى {date}. SHA-256 لسلطتها: {code}</translation>
    </message>
    <message>
        <source>Change</source>
        <translation>تغيير</translation>
    </message>
    <message>
        <source>Change it there, or unset it to use a file.</source>
        <translation>غيّره هناك، أو أزله لاستخدام ملف.</translation>
    </message>
    <message>
        <source>Changed “{setting}” under Settings; it holds from now on.</source>
        <translation>غُيّر «{setting}» في الإعدادات؛ يسري من الآن.</translation>
    </message>
    <message>
        <source>Chatter: each talks to everyone</source>
        <translation>ثرثرة: كل يكلم الجميع</translation>
    </message>
    <message>
        <source>Check again</source>
        <translation>فحص من جديد</translation>
    </message>
    <message>
        <source>Check its brackets and quotes.</source>
        <translation>راجع أقواسه وعلامات اقتباسه.</translation>
    </message>
    <message>
        <source>Check that it can be reached and written, or choose another one.</source>
        <translation>تأكد أنه يمكن الوصول إليه والكتابة فيه، أو اختر غيره.</translation>
    </message>
    <message>
        <source>Check the &amp;network…</source>
        <translation>فحص ال&amp;شبكة…</translation>
    </message>
    <message>
        <source>Check the clocks of both computers.</source>
        <translation>راجع ساعتي الحاسوبين.</translation>
    </message>
    <message>
        <source>Check the network</source>
        <translation>فحص الشبكة</translation>
    </message>
    <message>
        <source>Checking…</source>
        <translation>جارٍ الفحص…</translation>
    </message>
    <message>
        <source>Choose My network in the server bar to let others in.</source>
        <translation>اختر شبكتي في شريط الخادم لإدخال الآخرين.</translation>
    </message>
    <message>
        <source>Choose a line to lift it.</source>
        <translation>اختر سطرًا لرفعه.</translation>
    </message>
    <message>
        <source>Choose a lower level or change the search.</source>
        <translation>اختر مستوى أدنى أو غيّر البحث.</translation>
    </message>
    <message>
        <source>Choose a row above to see what is in it.</source>
        <translation>اختر صفًا أعلاه لترى ما فيه.</translation>
    </message>
    <message>
        <source>Choose a time to come.</source>
        <translation>اختر وقتًا في المستقبل.</translation>
    </message>
    <message>
        <source>Choose another file or database.</source>
        <translation>اختر ملفًا آخر أو قاعدة بيانات أخرى.</translation>
    </message>
    <message>
        <source>Choose another one to listen on.</source>
        <translation>اختر عنوانًا آخر للاستماع عليه.</translation>
    </message>
    <message>
        <source>Choose another one.</source>
        <translation>اختر آخر.</translation>
    </message>
    <message>
        <source>Choose one above 1023.</source>
        <translation>اختر منفذًا فوق 1023.</translation>
    </message>
    <message>
        <source>Choose one or many; Ctrl+A chooses all.</source>
        <translation>اختر واحدًا أو كثيرين؛ Ctrl+A يختار الكل.</translation>
    </message>
    <message>
        <source>Choose one to end it.</source>
        <translation>اختر واحدًا لإنهائه.</translation>
    </message>
    <message>
        <source>Choose one to see all about it, or many to act on them.</source>
        <translation>اختر واحدًا لترى كل شيء عنه، أو كثيرين للعمل عليهم.</translation>
    </message>
    <message>
        <source>Choose the {name}</source>
        <translation>اختيار {name}</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>اختيار…</translation>
    </message>
    <message>
        <source>Chosen users</source>
        <translation>المستخدمون المختارون</translation>
    </message>
    <message>
        <source>Claim</source>
        <translation>ادعاء</translation>
    </message>
    <message>
        <source>Claims</source>
        <translation>الادعاءات</translation>
    </message>
    <message>
        <source>Claims of the token</source>
        <translation>ادعاءات الرمز</translation>
    </message>
    <message>
        <source>Clear</source>
        <translation>مسح</translation>
    </message>
    <message>
        <source>Clear messages…</source>
        <translation>مسح الرسائل…</translation>
    </message>
    <message>
        <source>Clear search</source>
        <translation>مسح البحث</translation>
    </message>
    <message>
        <source>Clear the messages kept?</source>
        <translation>مسح الرسائل المحفوظة؟</translation>
    </message>
    <message>
        <source>Clear {messages}</source>
        <translation>مسح {messages}</translation>
    </message>
    <message>
        <source>Cleared</source>
        <translation>مُسحت</translation>
    </message>
    <message>
        <source>Cleared {messages}.</source>
        <translation>مُسحت {messages}.</translation>
    </message>
    <message>
        <source>Cleared {rows}.</source>
        <translation>مُسحت {rows}.</translation>
    </message>
    <message>
        <source>Client</source>
        <translation>العميل</translation>
    </message>
    <message>
        <source>Clients</source>
        <translation>العملاء</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>إغلاق</translation>
    </message>
    <message>
        <source>Close (Esc)</source>
        <translation>إغلاق (Esc)</translation>
    </message>
    <message>
        <source>Close Authws Desktop?</source>
        <translation>إغلاق Authws Desktop؟</translation>
    </message>
    <message>
        <source>Close now with</source>
        <translation>قطع الآن بالرمز</translation>
    </message>
    <message>
        <source>Close that program, then try again.</source>
        <translation>أغلق ذلك البرنامج، ثم حاول ثانية.</translation>
    </message>
    <message>
        <source>Close that program.</source>
        <translation>أغلق ذلك البرنامج.</translation>
    </message>
    <message>
        <source>Close the detail</source>
        <translation>إغلاق التفاصيل</translation>
    </message>
    <message>
        <source>Close this note</source>
        <translation>إغلاق هذه الملاحظة</translation>
    </message>
    <message>
        <source>Closed: only you make accounts</source>
        <translation>مغلق: أنت وحدك تنشئ الحسابات</translation>
    </message>
    <message>
        <source>Closing the window</source>
        <translation>إغلاق النافذة</translation>
    </message>
    <message>
        <source>Cluster</source>
        <translation>العنقود</translation>
    </message>
    <message>
        <source>Code</source>
        <translation>الرمز</translation>
    </message>
    <message>
        <source>Code that joins the Wi-Fi {name}</source>
        <translation>رمز الانضمام إلى شبكة {name}</translation>
    </message>
    <message>
        <source>Colours</source>
        <translation>الألوان</translation>
    </message>
    <message>
        <source>Come in: scan, or type</source>
        <translation>ادخل: امسح الرمز أو اكتب</translation>
    </message>
    <message>
        <source>Comment</source>
        <translation>تعليق</translation>
    </message>
    <message>
        <source>Comment this row</source>
        <translation>التعليق على هذا الصف</translation>
    </message>
    <message>
        <source>Comment…</source>
        <translation>تعليق…</translation>
    </message>
    <message>
        <source>Compare the last two runs</source>
        <translation>مقارنة آخر تشغيلين</translation>
    </message>
    <message>
        <source>Compare with a file…</source>
        <translation>مقارنة بملف…</translation>
    </message>
    <message>
        <source>Compare with exported traffic</source>
        <translation>مقارنة بحركة مُصدَّرة</translation>
    </message>
    <message>
        <source>Connect</source>
        <translation>اتصال</translation>
    </message>
    <message>
        <source>Connect your program</source>
        <translation>صِل برنامجك</translation>
    </message>
    <message>
        <source>Connected</source>
        <translation>متصل</translation>
    </message>
    <message>
        <source>Connected elsewhere</source>
        <translation>متصل في مكان آخر</translation>
    </message>
    <message>
        <source>Connected users</source>
        <translation>المستخدمون المتصلون</translation>
    </message>
    <message>
        <source>Connection</source>
        <translation>اتصال</translation>
    </message>
    <message>
        <source>Connection #{number} {name}</source>
        <translation>الاتصال #{number} {name}</translation>
    </message>
    <message>
        <source>Connections</source>
        <translation>الاتصالات</translation>
    </message>
    <message>
        <source>Connections accepted at the same time.</source>
        <translation>عدد الاتصالات المقبولة في الوقت نفسه.</translation>
    </message>
    <message>
        <source>Connections are broken on purpose.</source>
        <translation>تُعطَّل الاتصالات عمدًا.</translation>
    </message>
    <message>
        <source>Connections from one address</source>
        <translation>الاتصالات من عنوان واحد</translation>
    </message>
    <message>
        <source>Connections: {now} now, {most} at most in the last 2 minutes.</source>
        <translation>الاتصالات: {now} الآن، {most} على الأكثر في آخر دقيقتين.</translation>
    </message>
    <message>
        <source>Content</source>
        <translation>المحتوى</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>نُسخ</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>نسخ</translation>
    </message>
    <message>
        <source>Copy &amp;web address</source>
        <translation>نسخ عنوان ال&amp;ويب</translation>
    </message>
    <message>
        <source>Copy as JSON</source>
        <translation>نسخ بصيغة JSON</translation>
    </message>
    <message>
        <source>Copy both</source>
        <translation>نسخ كليهما</translation>
    </message>
    <message>
        <source>Copy list</source>
        <translation>نسخ القائمة</translation>
    </message>
    <message>
        <source>Copy name</source>
        <translation>نسخ الاسم</translation>
    </message>
    <message>
        <source>Copy name and password</source>
        <translation>نسخ الاسم وكلمة المرور</translation>
    </message>
    <message>
        <source>Copy names</source>
        <translation>نسخ الأسماء</translation>
    </message>
    <message>
        <source>Copy password</source>
        <translation>نسخ كلمة المرور</translation>
    </message>
    <message>
        <source>Copy payload</source>
        <translation>نسخ الحمولة</translation>
    </message>
    <message>
        <source>Copy the WebSocket address</source>
        <translation>نسخ عنوان WebSocket</translation>
    </message>
    <message>
        <source>Copy the address to try</source>
        <translation>نسخ العنوان للتجربة</translation>
    </message>
    <message>
        <source>Copy the chosen lines, or all that are shown</source>
        <translation>نسخ الأسطر المختارة، أو كل المعروض</translation>
    </message>
    <message>
        <source>Copy the payload as it was sent, without tokens and passwords</source>
        <translation>نسخ الحمولة كما أُرسلت، بلا رموز ولا كلمات مرور</translation>
    </message>
    <message>
        <source>Copy the secret</source>
        <translation>نسخ السر</translation>
    </message>
    <message>
        <source>Copy the snippet for {language}</source>
        <translation>نسخ المقتطف للغة {language}</translation>
    </message>
    <message>
        <source>Copy the versions</source>
        <translation>نسخ الإصدارات</translation>
    </message>
    <message>
        <source>Copy the web address</source>
        <translation>نسخ عنوان الويب</translation>
    </message>
    <message>
        <source>Copy this message</source>
        <translation>نسخ هذه الرسالة</translation>
    </message>
    <message>
        <source>Copy web address</source>
        <translation>نسخ عنوان الويب</translation>
    </message>
    <message>
        <source>Copy {what}</source>
        <translation>نسخ {what}</translation>
    </message>
    <message>
        <source>Correct it, or move it away to start with defaults.</source>
        <translation>صححه، أو انقله جانبًا للبدء بالقيم الافتراضية.</translation>
    </message>
    <message>
        <source>Correct the rights of the file and its folder, or choose another data folder.</source>
        <translation>صحح صلاحيات الملف ومجلده، أو اختر مجلد بيانات آخر.</translation>
    </message>
    <message>
        <source>Correct the rights of the file and its folder.</source>
        <translation>صحح صلاحيات الملف ومجلده.</translation>
    </message>
    <message>
        <source>Could not listen on {where}</source>
        <translation>تعذر الاستماع على {where}</translation>
    </message>
    <message>
        <source>Counts by now.</source>
        <translation>أصبح ساريًا.</translation>
    </message>
    <message>
        <source>Counts only {ahead} from now.</source>
        <translation>لا يسري إلا بعد {ahead}.</translation>
    </message>
    <message>
        <source>Counts since {time}</source>
        <translation>يسري منذ {time}</translation>
    </message>
    <message>
        <source>Counts {time}</source>
        <translation>يسري {time}</translation>
    </message>
    <message>
        <source>Create invitation</source>
        <translation>إنشاء دعوة</translation>
    </message>
    <message>
        <source>Create one here and hand on its name and password, or make a test user with a token and ready snippets. People may also register by themselves while registration is open.</source>
        <translation>أنشئ حسابًا هنا وسلّم اسمه وكلمة مروره، أو أنشئ مستخدم اختبار برمز ومقتطفات جاهزة. ويمكن للناس أن يسجلوا بأنفسهم ما دام التسجيل مفتوحًا.</translation>
    </message>
    <message>
        <source>Create user</source>
        <translation>إنشاء مستخدم</translation>
    </message>
    <message>
        <source>Create {accounts}</source>
        <translation>إنشاء {accounts}</translation>
    </message>
    <message>
        <source>Created</source>
        <translation>أُنشئ</translation>
    </message>
    <message>
        <source>Created {accounts}.</source>
        <translation>أُنشئت {accounts}.</translation>
    </message>
    <message>
        <source>Created {accounts}. The passwords stay on the Accounts page until you put them away.</source>
        <translation>أُنشئت {accounts}. تبقى كلمات المرور في صفحة الحسابات حتى تضعها جانبًا.</translation>
    </message>
    <message>
        <source>Created {accounts}. They log in with the passwords they have.</source>
        <translation>أُنشئت {accounts}. يسجلون الدخول بكلمات المرور التي لديهم.</translation>
    </message>
    <message>
        <source>Created {name}.</source>
        <translation>أُنشئ {name}.</translation>
    </message>
    <message>
        <source>Cut after</source>
        <translation>قص بعد</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>داكن</translation>
    </message>
    <message>
        <source>Database address</source>
        <translation>عنوان قاعدة البيانات</translation>
    </message>
    <message>
        <source>Database: {state}</source>
        <translation>قاعدة البيانات: {state}</translation>
    </message>
    <message>
        <source>Debug</source>
        <translation>تنقيح</translation>
    </message>
    <message>
        <source>Default: {default}</source>
        <translation>الافتراضي: {default}</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>حذف</translation>
    </message>
    <message>
        <source>Delete this user…</source>
        <translation>حذف هذا المستخدم…</translation>
    </message>
    <message>
        <source>Delete {accounts}</source>
        <translation>حذف {accounts}</translation>
    </message>
    <message>
        <source>Delete {names}?</source>
        <translation>حذف {names}؟</translation>
    </message>
    <message>
        <source>Deletes {who} for good and {ends}.</source>
        <translation>يحذف {who} نهائيًا و{ends}.</translation>
    </message>
    <message>
        <source>Delivery</source>
        <translation>التسليم</translation>
    </message>
    <message>
        <source>Denies {names}.</source>
        <translation>يرفض {names}.</translation>
    </message>
    <message>
        <source>Deny</source>
        <translation>رفض</translation>
    </message>
    <message>
        <source>Deny {names}?</source>
        <translation>رفض {names}؟</translation>
    </message>
    <message>
        <source>Deny…</source>
        <translation>رفض…</translation>
    </message>
    <message>
        <source>Desktop</source>
        <translation>سطح المكتب</translation>
    </message>
    <message>
        <source>Detail of the row</source>
        <translation>تفاصيل الصف</translation>
    </message>
    <message>
        <source>Development</source>
        <translation>تطوير</translation>
    </message>
    <message>
        <source>Development writes a more detailed log.</source>
        <translation>التطوير يكتب سجلًا أكثر تفصيلًا.</translation>
    </message>
    <message>
        <source>Did not authenticate in time ({code}).</source>
        <translation>لم يوثّق نفسه في الوقت المحدد ({code}).</translation>
    </message>
    <message>
        <source>Did the program mean “{value}”?</source>
        <translation>هل قصد البرنامج «{value}»؟</translation>
    </message>
    <message>
        <source>Did you mean {each}?</source>
        <translation>هل تقصد {each}؟</translation>
    </message>
    <message>
        <source>Did you mean “{value}”?</source>
        <translation>هل قصدت «{value}»؟</translation>
    </message>
    <message>
        <source>Dir</source>
        <translation>اتجاه</translation>
    </message>
    <message>
        <source>Direction</source>
        <translation>الاتجاه</translation>
    </message>
    <message>
        <source>Directs</source>
        <translation>المباشرة</translation>
    </message>
    <message>
        <source>Directs among guests</source>
        <translation>رسائل مباشرة بين الضيوف</translation>
    </message>
    <message>
        <source>Disable</source>
        <translation>تعطيل</translation>
    </message>
    <message>
        <source>Disable {names}?</source>
        <translation>تعطيل {names}؟</translation>
    </message>
    <message>
        <source>Disables {who} and {ends}.</source>
        <translation>يعطل {who} و{ends}.</translation>
    </message>
    <message>
        <source>Disconnect</source>
        <translation>قطع</translation>
    </message>
    <message>
        <source>Disconnect everyone now ({clients}); all have to log in again</source>
        <translation>قطع الجميع الآن ({clients})؛ على الكل تسجيل الدخول من جديد</translation>
    </message>
    <message>
        <source>Disconnect {connections}?</source>
        <translation>قطع {connections}؟</translation>
    </message>
    <message>
        <source>Disconnect {whom}?</source>
        <translation>قطع {whom}؟</translation>
    </message>
    <message>
        <source>Disconnected by the host ({code}).</source>
        <translation>قطعه المضيف ({code}).</translation>
    </message>
    <message>
        <source>Disconnects {connections} now, and refuses every new one.</source>
        <translation>يقطع {connections} الآن، ويرفض كل اتصال جديد.</translation>
    </message>
    <message>
        <source>Do not ask again (Settings, Desktop)</source>
        <translation>عدم السؤال ثانية (الإعدادات، سطح المكتب)</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>تم</translation>
    </message>
    <message>
        <source>Done as {client}. What followed is in the traffic.</source>
        <translation>نُفذ بصفة {client}. ما تلا ذلك في الحركة.</translation>
    </message>
    <message>
        <source>Doubled</source>
        <translation>مكرر</translation>
    </message>
    <message>
        <source>Drag to show only a part of the time; a double click shows all.</source>
        <translation>اسحب لإظهار جزء من الوقت فقط؛ والنقر المزدوج يظهر الكل.</translation>
    </message>
    <message>
        <source>Drain</source>
        <translation>تفريغ</translation>
    </message>
    <message>
        <source>Drain for</source>
        <translation>التفريغ خلال</translation>
    </message>
    <message>
        <source>Drain {node}?</source>
        <translation>تفريغ {node}؟</translation>
    </message>
    <message>
        <source>Drain…</source>
        <translation>تفريغ…</translation>
    </message>
    <message>
        <source>Each account gets a generated password of its own.</source>
        <translation>يحصل كل حساب على كلمة مرور مولّدة خاصة به.</translation>
    </message>
    <message>
        <source>Each node sends 2,000 rows a second at most.</source>
        <translation>ترسل كل عقدة 2000 صف في الثانية على الأكثر.</translation>
    </message>
    <message>
        <source>Echo: each writes to the next one, who writes back</source>
        <translation>صدى: كل يكتب للتالي، فيرد عليه</translation>
    </message>
    <message>
        <source>Edit</source>
        <translation>تحرير</translation>
    </message>
    <message>
        <source>Edit {names}</source>
        <translation>تحرير {names}</translation>
    </message>
    <message>
        <source>Empty for an open network.</source>
        <translation>فارغ لشبكة مفتوحة.</translation>
    </message>
    <message>
        <source>Empty the view; can be undone for 10 s (Ctrl+L)</source>
        <translation>إفراغ العرض؛ يمكن التراجع خلال 10 ث (Ctrl+L)</translation>
    </message>
    <message>
        <source>Empty: HS256 with this server&apos;s secret. Or public keys: a PEM or JWKS file, or a JWKS URL.</source>
        <translation>فارغ: HS256 بسر هذا الخادم. أو مفاتيح عامة: ملف PEM أو JWKS، أو عنوان JWKS.</translation>
    </message>
    <message>
        <source>Empty: SQLite in the data folder. Or an SQLAlchemy URL; takes effect at next launch.</source>
        <translation>فارغ: SQLite في مجلد البيانات. أو عنوان SQLAlchemy؛ يسري عند التشغيل التالي.</translation>
    </message>
    <message>
        <source>Empty: alone. redis://HOST:PORT/0?name=NAME: one of several (docs/cluster.md).</source>
        <translation>فارغ: وحده. redis://HOST:PORT/0?name=NAME: واحد من عدة (docs/cluster.md).</translation>
    </message>
    <message>
        <source>Empty: info in production, debug in development.</source>
        <translation>فارغ: info في الإنتاج، debug في التطوير.</translation>
    </message>
    <message>
        <source>Enable</source>
        <translation>تمكين</translation>
    </message>
    <message>
        <source>Enable the account to let them in.</source>
        <translation>فعّل الحساب ليُسمح بدخوله.</translation>
    </message>
    <message>
        <source>Enable {username} or lift the ban to let them in.</source>
        <translation>فعّل {username} أو ارفع الحظر ليُسمح بدخوله.</translation>
    </message>
    <message>
        <source>Enabled {names}.</source>
        <translation>مُكّن {names}.</translation>
    </message>
    <message>
        <source>End</source>
        <translation>إنهاء</translation>
    </message>
    <message>
        <source>End all</source>
        <translation>إنهاء الكل</translation>
    </message>
    <message>
        <source>End all guests?</source>
        <translation>إنهاء كل الضيوف؟</translation>
    </message>
    <message>
        <source>End faults</source>
        <translation>إنهاء الأعطال</translation>
    </message>
    <message>
        <source>End guests</source>
        <translation>إنهاء الضيوف</translation>
    </message>
    <message>
        <source>End guests…</source>
        <translation>إنهاء الضيوف…</translation>
    </message>
    <message>
        <source>End {guests}…</source>
        <translation>إنهاء {guests}…</translation>
    </message>
    <message>
        <source>Ending connections…</source>
        <translation>تُنهى الاتصالات…</translation>
    </message>
    <message>
        <source>Ends</source>
        <translation>ينتهي</translation>
    </message>
    <message>
        <source>Ends after</source>
        <translation>ينتهي بعد</translation>
    </message>
    <message>
        <source>Engine: {engine} · {envelopes} envelopes told, {items} items, {dropped} dropped</source>
        <translation>المحرك: {engine} · {envelopes} إبلاغ، {items} عنصر، {dropped} مُسقط</translation>
    </message>
    <message>
        <source>Environment</source>
        <translation>البيئة</translation>
    </message>
    <message>
        <source>Error</source>
        <translation>خطأ</translation>
    </message>
    <message>
        <source>Error &amp;before	Shift+F8</source>
        <translation>الخطأ ال&amp;سابق	Shift+F8</translation>
    </message>
    <message>
        <source>Errors</source>
        <translation>الأخطاء</translation>
    </message>
    <message>
        <source>Everybody behind the same router may share an address.</source>
        <translation>قد يشترك كل من خلف الموجّه نفسه في عنوان واحد.</translation>
    </message>
    <message>
        <source>Everyone</source>
        <translation>الجميع</translation>
    </message>
    <message>
        <source>Everyone ({connections})</source>
        <translation>الجميع ({connections})</translation>
    </message>
    <message>
        <source>Everything</source>
        <translation>كل شيء</translation>
    </message>
    <message>
        <source>Everything that passes shows up here. Programs connect to {address}</source>
        <translation>كل ما يمر يظهر هنا. تتصل البرامج بـ {address}</translation>
    </message>
    <message>
        <source>Expired {time}</source>
        <translation>انتهى {time}</translation>
    </message>
    <message>
        <source>Expired {value} ago.</source>
        <translation>انتهى قبل {value}.</translation>
    </message>
    <message>
        <source>Expires</source>
        <translation>ينتهي</translation>
    </message>
    <message>
        <source>Expires in {value}.</source>
        <translation>ينتهي خلال {value}.</translation>
    </message>
    <message>
        <source>Expires {time}</source>
        <translation>ينتهي {time}</translation>
    </message>
    <message>
        <source>Export CSV</source>
        <translation>تصدير CSV</translation>
    </message>
    <message>
        <source>Export all</source>
        <translation>تصدير الكل</translation>
    </message>
    <message>
        <source>Export all acts</source>
        <translation>تصدير كل الإجراءات</translation>
    </message>
    <message>
        <source>Export all…</source>
        <translation>تصدير الكل…</translation>
    </message>
    <message>
        <source>Export and open</source>
        <translation>تصدير وفتح</translation>
    </message>
    <message>
        <source>Export filtered…</source>
        <translation>تصدير المرشَّح…</translation>
    </message>
    <message>
        <source>Export messages…</source>
        <translation>تصدير الرسائل…</translation>
    </message>
    <message>
        <source>Export selected…</source>
        <translation>تصدير المختار…</translation>
    </message>
    <message>
        <source>Export {accounts}</source>
        <translation>تصدير {accounts}</translation>
    </message>
    <message>
        <source>Export {messages}</source>
        <translation>تصدير {messages}</translation>
    </message>
    <message>
        <source>Export {rows}</source>
        <translation>تصدير {rows}</translation>
    </message>
    <message>
        <source>Exported rows (*.jsonl)</source>
        <translation>صفوف مصدّرة (*.jsonl)</translation>
    </message>
    <message>
        <source>Exported {accounts} to {file}.</source>
        <translation>صُدّرت {accounts} إلى {file}.</translation>
    </message>
    <message>
        <source>Exported {acts} to {file}.</source>
        <translation>صُدّرت {acts} إلى {file}.</translation>
    </message>
    <message>
        <source>Exported {messages} to {file}.</source>
        <translation>صُدّرت {messages} إلى {file}.</translation>
    </message>
    <message>
        <source>Exported {rows} to {file}.</source>
        <translation>صُدّرت {rows} إلى {file}.</translation>
    </message>
    <message>
        <source>Exporting to {file}</source>
        <translation>جارٍ التصدير إلى {file}</translation>
    </message>
    <message>
        <source>F&amp;ilter	/</source>
        <translation>مر&amp;شح	/</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>فشل</translation>
    </message>
    <message>
        <source>Failed logins</source>
        <translation>تسجيلات فاشلة</translation>
    </message>
    <message>
        <source>Failures</source>
        <translation>الإخفاقات</translation>
    </message>
    <message>
        <source>Failures in 15 minutes on an account before growing waits; an address may fail on five times as many accounts; 0: no limit.</source>
        <translation>الإخفاقات خلال 15 دقيقة على حساب قبل انتظار متزايد؛ وللعنوان أن يخفق في خمسة أضعاف ذلك من الحسابات؛ 0: بلا حد.</translation>
    </message>
    <message>
        <source>Fair</source>
        <translation>متوسطة</translation>
    </message>
    <message>
        <source>Faults</source>
        <translation>الأعطال</translation>
    </message>
    <message>
        <source>Faults that are on</source>
        <translation>الأعطال العاملة</translation>
    </message>
    <message>
        <source>Field &apos;before&apos; must be the id of a message of this server.</source>
        <translation>يجب أن يكون الحقل &apos;before&apos; معرّف رسالة على هذا الخادم.</translation>
    </message>
    <message>
        <source>Field &apos;id&apos; must be the id of a message of this server.</source>
        <translation>يجب أن يكون الحقل &apos;id&apos; معرّف رسالة على هذا الخادم.</translation>
    </message>
    <message>
        <source>Field &apos;{value}&apos; is missing.</source>
        <translation>الحقل &apos;{value}&apos; ناقص.</translation>
    </message>
    <message>
        <source>Field &apos;{value}&apos; must be {words}.</source>
        <translation>الحقل &apos;{value}&apos; يجب أن يكون {words}.</translation>
    </message>
    <message>
        <source>Field &apos;{value}&apos;: {value_}.</source>
        <translation>الحقل &apos;{value}&apos;: {value_}.</translation>
    </message>
    <message>
        <source>Files: your own certificate</source>
        <translation>ملفات: شهادتك الخاصة</translation>
    </message>
    <message>
        <source>Filter</source>
        <translation>مرشح</translation>
    </message>
    <message>
        <source>Filter: words user: type: code: size&gt;1k /regex/ !not</source>
        <translation>مرشح: كلمات user: type: code: size&gt;1k /regex/ !ليس</translation>
    </message>
    <message>
        <source>Find in this payload</source>
        <translation>بحث في هذه الحمولة</translation>
    </message>
    <message>
        <source>First client</source>
        <translation>أول عميل</translation>
    </message>
    <message>
        <source>Follow</source>
        <translation>متابعة</translation>
    </message>
    <message>
        <source>Follow the system</source>
        <translation>كالنظام</translation>
    </message>
    <message>
        <source>Follow the system, or always light or dark.</source>
        <translation>كالنظام، أو فاتح دائمًا أو داكن دائمًا.</translation>
    </message>
    <message>
        <source>For</source>
        <translation>لـ</translation>
    </message>
    <message>
        <source>For PostgreSQL install authws-desktop[postgresql].</source>
        <translation>لاستخدام PostgreSQL ثبّت authws-desktop[postgresql].</translation>
    </message>
    <message>
        <source>For a Linux or macOS shell with Node.js; then type messages as JSON.</source>
        <translation>لصدفة Linux أو macOS مع Node.js؛ ثم اكتب الرسائل بصيغة JSON.</translation>
    </message>
    <message>
        <source>For a Linux or macOS shell.</source>
        <translation>لصدفة Linux أو macOS.</translation>
    </message>
    <message>
        <source>For a class or event</source>
        <translation>لصف أو فعالية</translation>
    </message>
    <message>
        <source>For a day</source>
        <translation>ليوم</translation>
    </message>
    <message>
        <source>For a week</source>
        <translation>لأسبوع</translation>
    </message>
    <message>
        <source>For an hour</source>
        <translation>لساعة</translation>
    </message>
    <message>
        <source>For programs</source>
        <translation>للبرامج</translation>
    </message>
    <message>
        <source>For whom</source>
        <translation>لمن</translation>
    </message>
    <message>
        <source>Forget this filter</source>
        <translation>نسيان هذا المرشح</translation>
    </message>
    <message>
        <source>Forget this message</source>
        <translation>نسيان هذه الرسالة</translation>
    </message>
    <message>
        <source>Fragments of</source>
        <translation>أجزاء من</translation>
    </message>
    <message>
        <source>Frame over the size limit ({code}).</source>
        <translation>إطار فوق حد الحجم ({code}).</translation>
    </message>
    <message>
        <source>Freeze the view; nothing is lost (Space)</source>
        <translation>تجميد العرض؛ لا يضيع شيء (مسافة)</translation>
    </message>
    <message>
        <source>From</source>
        <translation>من</translation>
    </message>
    <message>
        <source>From clients only</source>
        <translation>من العملاء فقط</translation>
    </message>
    <message>
        <source>From now on.</source>
        <translation>من الآن.</translation>
    </message>
    <message>
        <source>From telling the others to hearing it back from the engine</source>
        <translation>من إبلاغ الآخرين حتى سماعه من المحرك</translation>
    </message>
    <message>
        <source>Frozen: nothing passes, and nothing is closed</source>
        <translation>مجمد: لا يمر شيء، ولا يُقطع شيء</translation>
    </message>
    <message>
        <source>Gaps</source>
        <translation>الفجوات</translation>
    </message>
    <message>
        <source>Generate</source>
        <translation>توليد</translation>
    </message>
    <message>
        <source>Generate a new one</source>
        <translation>توليد سر جديد</translation>
    </message>
    <message>
        <source>Give the account the role host, if it is to do this.</source>
        <translation>امنح الحساب الدور host إن كان عليه فعل ذلك.</translation>
    </message>
    <message>
        <source>Good</source>
        <translation>جيد</translation>
    </message>
    <message>
        <source>Guest</source>
        <translation>ضيف</translation>
    </message>
    <message>
        <source>Guests</source>
        <translation>الضيوف</translation>
    </message>
    <message>
        <source>Guests may come in by name</source>
        <translation>للضيوف الدخول بالاسم</translation>
    </message>
    <message>
        <source>Guests may not write to each other here.</source>
        <translation>لا يُسمح للضيوف هنا بأن يتراسلوا.</translation>
    </message>
    <message>
        <source>Guests may write to each other</source>
        <translation>للضيوف أن يتراسلوا</translation>
    </message>
    <message>
        <source>HS256 needs a long random text.</source>
        <translation>تحتاج HS256 إلى نص عشوائي طويل.</translation>
    </message>
    <message>
        <source>HS256 needs a secret: a long random text.</source>
        <translation>تحتاج HS256 إلى سر: نص عشوائي طويل.</translation>
    </message>
    <message>
        <source>HS256 needs at least {min_secret_bytes} bytes: with fewer, tokens can be forged by trying secrets.</source>
        <translation>تحتاج HS256 إلى {min_secret_bytes} بايت على الأقل: وبأقل منها يمكن تزوير الرموز بتجريب الأسرار.</translation>
    </message>
    <message>
        <source>Hand on the link of an invitation.</source>
        <translation>سلّم رابط دعوة.</translation>
    </message>
    <message>
        <source>Header</source>
        <translation>الترويسة</translation>
    </message>
    <message>
        <source>Hex</source>
        <translation>ست عشري</translation>
    </message>
    <message>
        <source>Hide password</source>
        <translation>إخفاء كلمة المرور</translation>
    </message>
    <message>
        <source>Hide the secret</source>
        <translation>إخفاء السر</translation>
    </message>
    <message>
        <source>Hide this type</source>
        <translation>إخفاء هذا النوع</translation>
    </message>
    <message>
        <source>Highlight</source>
        <translation>تمييز</translation>
    </message>
    <message>
        <source>History</source>
        <translation>التاريخ</translation>
    </message>
    <message>
        <source>History file</source>
        <translation>ملف التاريخ</translation>
    </message>
    <message>
        <source>History from {oldest} to {newest}: {rows}, read-only.</source>
        <translation>التاريخ من {oldest} إلى {newest}: {rows}، للقراءة فقط.</translation>
    </message>
    <message>
        <source>History…</source>
        <translation>التاريخ…</translation>
    </message>
    <message>
        <source>Holds for passwords that are set from now on; under 8 they are easily guessed.</source>
        <translation>يسري على كلمات المرور التي تُضبط من الآن؛ دون 8 يسهل تخمينها.</translation>
    </message>
    <message>
        <source>Host</source>
        <translation>مضيف</translation>
    </message>
    <message>
        <source>How long</source>
        <translation>كم يدوم</translation>
    </message>
    <message>
        <source>How long a login lasts; holds for tokens issued from now on.</source>
        <translation>كم يدوم تسجيل الدخول؛ يسري على الرموز الصادرة من الآن.</translation>
    </message>
    <message>
        <source>How many</source>
        <translation>كم</translation>
    </message>
    <message>
        <source>How many people.</source>
        <translation>كم شخصًا.</translation>
    </message>
    <message>
        <source>How often an idle connection is pinged.</source>
        <translation>كل كم يُختبر اتصال خامل.</translation>
    </message>
    <message>
        <source>Idle</source>
        <translation>خمول</translation>
    </message>
    <message>
        <source>If it is forgotten, give a new one: Reset password.</source>
        <translation>إن نُسيت فأعطِ واحدة جديدة: إعادة تعيين كلمة المرور.</translation>
    </message>
    <message>
        <source>If others cannot connect, allow the port.</source>
        <translation>إن تعذر اتصال الآخرين فاسمح بالمنفذ.</translation>
    </message>
    <message>
        <source>If others cannot connect: Windows Security, Firewall &amp; network protection, Allow an app through firewall; or this line in a terminal run as administrator:</source>
        <translation>إن تعذر اتصال الآخرين: أمن Windows، جدار الحماية وحماية الشبكة، السماح لتطبيق عبر جدار الحماية؛ أو هذا السطر في طرفية تعمل بصلاحية المسؤول:</translation>
    </message>
    <message>
        <source>If others cannot connect: {macos_clicks}.</source>
        <translation>إن تعذر اتصال الآخرين: {macos_clicks}.</translation>
    </message>
    <message>
        <source>Import a list</source>
        <translation>استيراد قائمة</translation>
    </message>
    <message>
        <source>Import accounts</source>
        <translation>استيراد حسابات</translation>
    </message>
    <message>
        <source>Import it in parts.</source>
        <translation>استوردها على أجزاء.</translation>
    </message>
    <message>
        <source>Import…</source>
        <translation>استيراد…</translation>
    </message>
    <message>
        <source>In</source>
        <translation>وارد</translation>
    </message>
    <message>
        <source>In a client&apos;s name</source>
        <translation>باسم عميل</translation>
    </message>
    <message>
        <source>In a cluster, a server that stops sends its clients to the others over this long.</source>
        <translation>في عنقود، يرسل الخادم المتوقف عملاءه إلى الآخرين خلال هذه المدة.</translation>
    </message>
    <message>
        <source>In the way</source>
        <translation>عائق</translation>
    </message>
    <message>
        <source>In/s</source>
        <translation>داخل/ث</translation>
    </message>
    <message>
        <source>In: {now}/s now, {most}/s at most.</source>
        <translation>وارد: {now}/ث الآن، {most}/ث على الأكثر.</translation>
    </message>
    <message>
        <source>Indent</source>
        <translation>إزاحة</translation>
    </message>
    <message>
        <source>Info</source>
        <translation>معلومات</translation>
    </message>
    <message>
        <source>Info and above</source>
        <translation>معلومات فما فوق</translation>
    </message>
    <message>
        <source>Inspect a token…</source>
        <translation>فحص رمز…</translation>
    </message>
    <message>
        <source>Invitations</source>
        <translation>الدعوات</translation>
    </message>
    <message>
        <source>Invite: whoever has an invitation code</source>
        <translation>دعوة: من لديه رمز دعوة</translation>
    </message>
    <message>
        <source>Is the clock right?</source>
        <translation>هل الساعة صحيحة؟</translation>
    </message>
    <message>
        <source>Issued</source>
        <translation>صدر</translation>
    </message>
    <message>
        <source>Issued by &apos;{issuer}&apos;, whose tokens you let in.</source>
        <translation>أصدره &apos;{issuer}&apos;، وأنت تقبل رموزه.</translation>
    </message>
    <message>
        <source>Issued by now.</source>
        <translation>صدر بالفعل.</translation>
    </message>
    <message>
        <source>Issued by this program.</source>
        <translation>أصدره هذا البرنامج.</translation>
    </message>
    <message>
        <source>Issued in the future, {time}</source>
        <translation>صدر في المستقبل، {time}</translation>
    </message>
    <message>
        <source>Issued only {ahead} from now.</source>
        <translation>لا يصدر إلا بعد {ahead}.</translation>
    </message>
    <message>
        <source>Issued {time}</source>
        <translation>صدر {time}</translation>
    </message>
    <message>
        <source>It answers at every address of this computer.</source>
        <translation>يجيب على كل عناوين هذا الحاسوب.</translation>
    </message>
    <message>
        <source>It counts until their tokens expire or are revoked.</source>
        <translation>يسري حتى تنتهي رموزهم أو تُبطل.</translation>
    </message>
    <message>
        <source>It does not answer this computer itself at {names}.</source>
        <translation>لا يجيب هذا الحاسوب نفسه على {names}.</translation>
    </message>
    <message>
        <source>It does not fall asleep while clients are connected, where the system offers that.</source>
        <translation>لا ينام ما دام عملاء متصلين، حيث يتيح النظام ذلك.</translation>
    </message>
    <message>
        <source>It ends by itself, or when you lift it.</source>
        <translation>ينتهي وحده، أو حين ترفعه.</translation>
    </message>
    <message>
        <source>It is Windows itself (often IIS or the World Wide Web Publishing Service): stop it in Services.</source>
        <translation>إنه Windows نفسه (غالبًا IIS أو خدمة World Wide Web Publishing Service): أوقفها في «الخدمات».</translation>
    </message>
    <message>
        <source>It is allowed by now.</source>
        <translation>صار مسموحًا به.</translation>
    </message>
    <message>
        <source>It is one of {known}.</source>
        <translation>هو واحد من {known}.</translation>
    </message>
    <message>
        <source>It may be AirPlay: System Settings, General, AirDrop &amp; Handoff, AirPlay Receiver.</source>
        <translation>قد يكون AirPlay: إعدادات النظام، عام، AirDrop وHandoff، مستقبِل AirPlay.</translation>
    </message>
    <message>
        <source>It stands before the content, as long as the program runs.</source>
        <translation>يقف قبل المحتوى ما دام البرنامج يعمل.</translation>
    </message>
    <message>
        <source>It was left as it is. To do it all the same, press {button} again.</source>
        <translation>تُرك كما كان. لفعله رغم ذلك اضغط {button} ثانية.</translation>
    </message>
    <message>
        <source>Its network is gone, or its device sleeps, or its program was ended.</source>
        <translation>شبكته ذهبت، أو جهازه نائم، أو أُنهي برنامجه.</translation>
    </message>
    <message>
        <source>Its tokens are refused until they can.</source>
        <translation>تُرفض رموزه حتى ذلك الحين.</translation>
    </message>
    <message>
        <source>JSON Lines (*.jsonl)</source>
        <translation>JSON Lines (*.jsonl)</translation>
    </message>
    <message>
        <source>JSON Lines, can be opened again (*.jsonl)</source>
        <translation>ملف JSON Lines، يُفتح ثانية (*.jsonl)</translation>
    </message>
    <message>
        <source>JSON Lines, can be replayed (*.jsonl)</source>
        <translation>ملف JSON Lines، يُعاد تشغيله (*.jsonl)</translation>
    </message>
    <message>
        <source>JSON has no {name}.</source>
        <translation>ليس في JSON القيمة {name}.</translation>
    </message>
    <message>
        <source>JSON is malformed:</source>
        <translation>صيغة JSON غير سليمة:</translation>
    </message>
    <message>
        <source>JWT_SECRET holds a key pair.</source>
        <translation>في JWT_SECRET زوج مفاتيح.</translation>
    </message>
    <message>
        <source>JWT_SECRET is not text.</source>
        <translation>قيمة JWT_SECRET ليست نصًا.</translation>
    </message>
    <message>
        <source>JWT_SECRET is {secret} bytes long.</source>
        <translation>طول JWT_SECRET هو {secret} بايت.</translation>
    </message>
    <message>
        <source>Join from a phone: scan the code, or open {address}.</source>
        <translation>انضم من هاتف: امسح الرمز، أو افتح {address}.</translation>
    </message>
    <message>
        <source>Keep it on top</source>
        <translation>إبقاؤه في الأعلى</translation>
    </message>
    <message>
        <source>Keep it on top, also for who comes later</source>
        <translation>إبقاؤه في الأعلى، ولمن يأتي لاحقًا أيضًا</translation>
    </message>
    <message>
        <source>Keep messages for</source>
        <translation>حفظ الرسائل مدة</translation>
    </message>
    <message>
        <source>Keep messages for who was away</source>
        <translation>حفظ الرسائل لمن كان غائبًا</translation>
    </message>
    <message>
        <source>Keep people connected; old tokens stay valid until they expire</source>
        <translation>إبقاء الناس متصلين؛ الرموز القديمة تسري حتى تنتهي</translation>
    </message>
    <message>
        <source>Keep running in the tray</source>
        <translation>الاستمرار في شريط النظام</translation>
    </message>
    <message>
        <source>Keep the audit for</source>
        <translation>حفظ التدقيق مدة</translation>
    </message>
    <message>
        <source>Keep the computer awake</source>
        <translation>إبقاء الحاسوب مستيقظًا</translation>
    </message>
    <message>
        <source>Keep the newest line in view</source>
        <translation>إبقاء أحدث سطر ظاهرًا</translation>
    </message>
    <message>
        <source>Keep the newest row in view (F)</source>
        <translation>إبقاء أحدث صف ظاهرًا (F)</translation>
    </message>
    <message>
        <source>Keep the role each has</source>
        <translation>يبقى لكل دوره</translation>
    </message>
    <message>
        <source>Keep the server running</source>
        <translation>إبقاء الخادم عاملًا</translation>
    </message>
    <message>
        <source>Keep-alive every</source>
        <translation>إبقاء حي كل</translation>
    </message>
    <message>
        <source>Kept in a file of its own; survives a restart</source>
        <translation>محفوظ في ملف خاص؛ يبقى بعد إعادة التشغيل</translation>
    </message>
    <message>
        <source>Kept in {file}</source>
        <translation>محفوظ في {file}</translation>
    </message>
    <message>
        <source>Kept sending over the rate limit ({code}).</source>
        <translation>استمر في الإرسال فوق حد المعدل ({code}).</translation>
    </message>
    <message>
        <source>Key file</source>
        <translation>ملف المفتاح</translation>
    </message>
    <message>
        <source>Keys come from a file, or from an address such as https://login.example.org/.well-known/jwks.json.</source>
        <translation>تأتي المفاتيح من ملف أو من عنوان مثل https://login.example.org/.well-known/jwks.json.</translation>
    </message>
    <message>
        <source>Keys of those tokens</source>
        <translation>مفاتيح تلك الرموز</translation>
    </message>
    <message>
        <source>Lag</source>
        <translation>التأخر</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>اللغة</translation>
    </message>
    <message>
        <source>Language of the window</source>
        <translation>لغة النافذة</translation>
    </message>
    <message>
        <source>Largest message</source>
        <translation>أكبر رسالة</translation>
    </message>
    <message>
        <source>Last login</source>
        <translation>آخر دخول</translation>
    </message>
    <message>
        <source>Last run</source>
        <translation>آخر تشغيل</translation>
    </message>
    <message>
        <source>Last seen</source>
        <translation>آخر ظهور</translation>
    </message>
    <message>
        <source>Last used</source>
        <translation>آخر استخدام</translation>
    </message>
    <message>
        <source>Late by</source>
        <translation>متأخر بـ</translation>
    </message>
    <message>
        <source>Leave it empty for SQLite, or write postgresql://user:password@host/name.</source>
        <translation>اتركه فارغًا لـ SQLite، أو اكتب postgresql://user:password@host/name.</translation>
    </message>
    <message>
        <source>Leave it out to have a password generated.</source>
        <translation>احذفها لتُولّد كلمة مرور.</translation>
    </message>
    <message>
        <source>Left out: {rows}</source>
        <translation>المتروك: {rows}</translation>
    </message>
    <message>
        <source>Let everyone write to everyone; nobody is disconnected.</source>
        <translation>اسمح للجميع بمراسلة الجميع؛ لا يُقطع أحد.</translation>
    </message>
    <message>
        <source>Let guests in by name alone; nobody is disconnected.</source>
        <translation>أدخل الضيوف بالاسم وحده؛ لا يُقطع أحد.</translation>
    </message>
    <message>
        <source>Let in who has a token of another issuer: off; known: who has an account here; anyone.</source>
        <translation>إدخال من لديه رمز من مُصدر آخر: off؛ known: من له حساب هنا؛ anyone: أي أحد.</translation>
    </message>
    <message>
        <source>Let my network in</source>
        <translation>إدخال شبكتي</translation>
    </message>
    <message>
        <source>Let the client log in again and use the new token.</source>
        <translation>اجعل العميل يسجل الدخول ثانية ويستخدم الرمز الجديد.</translation>
    </message>
    <message>
        <source>Let them try again now</source>
        <translation>السماح بالمحاولة الآن</translation>
    </message>
    <message>
        <source>Let tokens run out now</source>
        <translation>إنهاء الرموز الآن</translation>
    </message>
    <message>
        <source>Let your network in?</source>
        <translation>إدخال شبكتك؟</translation>
    </message>
    <message>
        <source>Let {username} log in again, or hand on a new token.</source>
        <translation>اجعل {username} يسجل الدخول ثانية، أو سلّم رمزًا جديدًا.</translation>
    </message>
    <message>
        <source>Lets this device trust that computer&apos;s server.</source>
        <translation>يجعل هذا الجهاز يثق بخادم ذلك الحاسوب.</translation>
    </message>
    <message>
        <source>Lets {names} try again now.</source>
        <translation>يسمح لـ {names} بالمحاولة الآن.</translation>
    </message>
    <message>
        <source>Level</source>
        <translation>المستوى</translation>
    </message>
    <message>
        <source>Life of the token</source>
        <translation>عمر الرمز</translation>
    </message>
    <message>
        <source>Lift</source>
        <translation>رفع</translation>
    </message>
    <message>
        <source>Lift the ban to let them in.</source>
        <translation>ارفع الحظر ليُسمح بدخوله.</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>فاتح</translation>
    </message>
    <message>
        <source>Line</source>
        <translation>سطر</translation>
    </message>
    <message>
        <source>Line for a terminal</source>
        <translation>سطر للطرفية</translation>
    </message>
    <message>
        <source>Line {line} has a quote too many or too few.</source>
        <translation>في السطر {line} علامة اقتباس زائدة أو ناقصة.</translation>
    </message>
    <message>
        <source>Line {line} of the file {file} cannot be understood; is a quotation mark missing?</source>
        <translation>تعذّر فهم السطر {line} من الملف {file}؛ هل تنقص علامة اقتباس؟</translation>
    </message>
    <message>
        <source>Lines of the list</source>
        <translation>أسطر القائمة</translation>
    </message>
    <message>
        <source>Link</source>
        <translation>الرابط</translation>
    </message>
    <message>
        <source>Link of the chosen invitation</source>
        <translation>رابط الدعوة المختارة</translation>
    </message>
    <message>
        <source>Listen on</source>
        <translation>الاستماع على</translation>
    </message>
    <message>
        <source>Listen on another address?</source>
        <translation>الاستماع على عنوان آخر؟</translation>
    </message>
    <message>
        <source>Listening on {places}, port {value}.</source>
        <translation>يستمع على {places}، المنفذ {value}.</translation>
    </message>
    <message>
        <source>Lists (*.csv *.tsv *.txt *.json *.jsonl);;All files (*)</source>
        <translation>قوائم (*.csv *.tsv *.txt *.json *.jsonl);;كل الملفات (*)</translation>
    </message>
    <message>
        <source>Live</source>
        <translation>مباشر</translation>
    </message>
    <message>
        <source>Local: a certificate made here</source>
        <translation>محلي: شهادة تُصنع هنا</translation>
    </message>
    <message>
        <source>Lock-outs</source>
        <translation>المنع</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>السجل</translation>
    </message>
    <message>
        <source>Log in again.</source>
        <translation>سجل الدخول من جديد.</translation>
    </message>
    <message>
        <source>Log in within</source>
        <translation>تسجيل الدخول خلال</translation>
    </message>
    <message>
        <source>Log level</source>
        <translation>مستوى السجل</translation>
    </message>
    <message>
        <source>Logged in with this token already.</source>
        <translation>تم تسجيل الدخول بهذا الرمز من قبل.</translation>
    </message>
    <message>
        <source>Login cards</source>
        <translation>بطاقات الدخول</translation>
    </message>
    <message>
        <source>Login cards for {accounts}</source>
        <translation>بطاقات دخول لـ {accounts}</translation>
    </message>
    <message>
        <source>Login cards…</source>
        <translation>بطاقات الدخول…</translation>
    </message>
    <message>
        <source>Login refused</source>
        <translation>رُفض الدخول</translation>
    </message>
    <message>
        <source>Logins</source>
        <translation>تسجيلات الدخول</translation>
    </message>
    <message>
        <source>Logs {who} out everywhere: {ends}.</source>
        <translation>يسجل خروج {who} في كل مكان: {ends}.</translation>
    </message>
    <message>
        <source>Look at it again, then repeat what is still wanted.</source>
        <translation>انظر إليه ثانية، ثم أعد ما لا يزال مطلوبًا.</translation>
    </message>
    <message>
        <source>Look at this</source>
        <translation>انظر هذا</translation>
    </message>
    <message>
        <source>Look for a newer version</source>
        <translation>البحث عن إصدار أحدث</translation>
    </message>
    <message>
        <source>Look for a typing error, or make one.</source>
        <translation>ابحث عن خطأ كتابي، أو أنشئ حسابًا.</translation>
    </message>
    <message>
        <source>Look for a typing error: /openapi.json has every path.</source>
        <translation>ابحث عن خطأ كتابي: في /openapi.json كل المسارات.</translation>
    </message>
    <message>
        <source>Look-around and back-references cannot be searched.</source>
        <translation>لا يمكن البحث بالنظر حول الموضع (look-around) ولا بالمراجع الخلفية.</translation>
    </message>
    <message>
        <source>Lost</source>
        <translation>ضائع</translation>
    </message>
    <message>
        <source>Lost, as the connection closed: {lost}.</source>
        <translation>ضاع لإغلاق الاتصال: {lost}.</translation>
    </message>
    <message>
        <source>Lowest level shown</source>
        <translation>أدنى مستوى معروض</translation>
    </message>
    <message>
        <source>Made ready {done} of {all}</source>
        <translation>جُهّز {done} من {all}</translation>
    </message>
    <message>
        <source>Made {when}</source>
        <translation>صُنع {when}</translation>
    </message>
    <message>
        <source>Make a new code</source>
        <translation>صنع رمز جديد</translation>
    </message>
    <message>
        <source>Make another invitation, and hand on its link.</source>
        <translation>أنشئ دعوة أخرى وسلّم رابطها.</translation>
    </message>
    <message>
        <source>Make it a test</source>
        <translation>اجعله اختبارًا</translation>
    </message>
    <message>
        <source>Make it a test…</source>
        <translation>اجعله اختبارًا…</translation>
    </message>
    <message>
        <source>Make room, then try again.</source>
        <translation>أفسح مكانًا، ثم حاول ثانية.</translation>
    </message>
    <message>
        <source>Make room.</source>
        <translation>أفسح مكانًا.</translation>
    </message>
    <message>
        <source>Make the account yourself, or let anybody register; nobody is disconnected.</source>
        <translation>أنشئ الحساب بنفسك، أو اسمح لأي أحد بالتسجيل؛ لا يُقطع أحد.</translation>
    </message>
    <message>
        <source>Mark</source>
        <translation>تعليم</translation>
    </message>
    <message>
        <source>Marks rows without hiding the others; same language as the filter.</source>
        <translation>يعلّم الصفوف دون إخفاء غيرها؛ بلغة المرشح نفسها.</translation>
    </message>
    <message>
        <source>Meaning</source>
        <translation>المعنى</translation>
    </message>
    <message>
        <source>Meant for another service.</source>
        <translation>موجه إلى خدمة أخرى.</translation>
    </message>
    <message>
        <source>Meanwhile {rows} made room for new ones.</source>
        <translation>في هذه الأثناء أفسحت {rows} مكانًا للجديد.</translation>
    </message>
    <message>
        <source>Median</source>
        <translation>الوسيط</translation>
    </message>
    <message>
        <source>Member</source>
        <translation>عضو</translation>
    </message>
    <message>
        <source>Memory for rows</source>
        <translation>ذاكرة الصفوف</translation>
    </message>
    <message>
        <source>Message</source>
        <translation>رسالة</translation>
    </message>
    <message>
        <source>Message as JSON</source>
        <translation>الرسالة بصيغة JSON</translation>
    </message>
    <message>
        <source>Message burst</source>
        <translation>دفعة الرسائل</translation>
    </message>
    <message>
        <source>Message rate</source>
        <translation>معدل الرسائل</translation>
    </message>
    <message>
        <source>Messages</source>
        <translation>الرسائل</translation>
    </message>
    <message>
        <source>Messages a connection may send at once before the rate applies.</source>
        <translation>الرسائل التي يجوز لاتصال إرسالها دفعة قبل أن يسري المعدل.</translation>
    </message>
    <message>
        <source>Messages a second each connection may send; 0 switches the limit off.</source>
        <translation>الرسائل في الثانية لكل اتصال؛ 0 يلغي الحد.</translation>
    </message>
    <message>
        <source>Messages in a second</source>
        <translation>الرسائل الواردة في الثانية</translation>
    </message>
    <message>
        <source>Messages kept</source>
        <translation>الرسائل المحفوظة</translation>
    </message>
    <message>
        <source>Messages of each</source>
        <translation>رسائل كل واحد</translation>
    </message>
    <message>
        <source>Messages out a second</source>
        <translation>الرسائل الصادرة في الثانية</translation>
    </message>
    <message>
        <source>Messages out: {now}/s now, {most}/s at most.</source>
        <translation>الرسائل الصادرة: {now}/ث الآن، {most}/ث على الأكثر.</translation>
    </message>
    <message>
        <source>MiB</source>
        <translation>MiB</translation>
    </message>
    <message>
        <source>Minimise and keep running</source>
        <translation>تصغير والاستمرار</translation>
    </message>
    <message>
        <source>More or less</source>
        <translation>زيادة أو نقصان</translation>
    </message>
    <message>
        <source>Move it away to begin a new one.</source>
        <translation>انقله جانبًا لبدء واحد جديد.</translation>
    </message>
    <message>
        <source>Move the folder away to make new ones.</source>
        <translation>انقل المجلد جانبًا لإنشاء غيرها.</translation>
    </message>
    <message>
        <source>Move the folder {folder} away and start the server again; devices then have to trust it anew.</source>
        <translation>انقل المجلد {folder} جانبًا وابدأ الخادم ثانية؛ عندها على الأجهزة أن تثق به من جديد.</translation>
    </message>
    <message>
        <source>My network</source>
        <translation>شبكتي</translation>
    </message>
    <message>
        <source>My network  ·  every address of this computer</source>
        <translation>شبكتي  ·  كل عناوين هذا الحاسوب</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>الاسم</translation>
    </message>
    <message>
        <source>Name in the network</source>
        <translation>الاسم في الشبكة</translation>
    </message>
    <message>
        <source>Name its file in Settings, Security, or let one be made.</source>
        <translation>سمِّ ملفه في الإعدادات، الأمان، أو اتركه يُصنع.</translation>
    </message>
    <message>
        <source>Names</source>
        <translation>الأسماء</translation>
    </message>
    <message>
        <source>Names and passwords</source>
        <translation>الأسماء وكلمات المرور</translation>
    </message>
    <message>
        <source>Names are compared without regard to case.</source>
        <translation>تُقارن الأسماء دون اعتبار حالة الأحرف.</translation>
    </message>
    <message>
        <source>Names, besides this computer&apos;s own, by which clients may address the server, such as hub.example.org or *.example.org.</source>
        <translation>أسماء، غير أسماء هذا الحاسوب، يجوز للعملاء مخاطبة الخادم بها، مثل hub.example.org أو ‎*.example.org.</translation>
    </message>
    <message>
        <source>Needs Qt 6 with its module WebSockets.</source>
        <translation>يحتاج Qt 6 مع وحدته WebSockets.</translation>
    </message>
    <message>
        <source>Neither ufw nor firewalld is on.</source>
        <translation>لا ufw ولا firewalld يعمل.</translation>
    </message>
    <message>
        <source>Network</source>
        <translation>الشبكة</translation>
    </message>
    <message>
        <source>Never</source>
        <translation>أبدًا</translation>
    </message>
    <message>
        <source>New devices first open {url}</source>
        <translation>الأجهزة الجديدة تفتح أولًا {url}</translation>
    </message>
    <message>
        <source>New password</source>
        <translation>كلمة مرور جديدة</translation>
    </message>
    <message>
        <source>New passwords; nobody else knows them.</source>
        <translation>كلمات مرور جديدة؛ لا يعرفها أحد غيرك.</translation>
    </message>
    <message>
        <source>New secret</source>
        <translation>سر جديد</translation>
    </message>
    <message>
        <source>New test user</source>
        <translation>مستخدم اختبار جديد</translation>
    </message>
    <message>
        <source>New traffic shows up here.</source>
        <translation>الحركة الجديدة تظهر هنا.</translation>
    </message>
    <message>
        <source>New user</source>
        <translation>مستخدم جديد</translation>
    </message>
    <message>
        <source>Newcomers see</source>
        <translation>ما يراه الجدد</translation>
    </message>
    <message>
        <source>Newcomers wait here once registration needs your approval.</source>
        <translation>ينتظر الجدد هنا متى احتاج التسجيل إلى موافقتك.</translation>
    </message>
    <message>
        <source>Newer</source>
        <translation>أحدث</translation>
    </message>
    <message>
        <source>Next &amp;error	F8</source>
        <translation>الخطأ ال&amp;تالي	F8</translation>
    </message>
    <message>
        <source>Next (Return)</source>
        <translation>التالي (Return)</translation>
    </message>
    <message>
        <source>Next sheet</source>
        <translation>الورقة التالية</translation>
    </message>
    <message>
        <source>No account chosen</source>
        <translation>لم يُختر حساب</translation>
    </message>
    <message>
        <source>No account matches “{search}”</source>
        <translation>لا حساب يطابق «{search}»</translation>
    </message>
    <message>
        <source>No accounts yet</source>
        <translation>لا حسابات بعد</translation>
    </message>
    <message>
        <source>No act matches</source>
        <translation>لا إجراء يطابق</translation>
    </message>
    <message>
        <source>No certificate is chosen.</source>
        <translation>لم تُختر شهادة.</translation>
    </message>
    <message>
        <source>No connection has this in name, address or app.</source>
        <translation>لا اتصال فيه هذا في الاسم أو العنوان أو التطبيق.</translation>
    </message>
    <message>
        <source>No connection is broken on purpose.</source>
        <translation>لا يُعطَّل أي اتصال عمدًا.</translation>
    </message>
    <message>
        <source>No firewall is in the way: neither ufw, firewalld nor nftables filters.</source>
        <translation>لا جدار ناري في الطريق: لا ufw ولا firewalld ولا nftables يرشّح.</translation>
    </message>
    <message>
        <source>No firewall that this program knows was found (ufw, firewalld, nftables).</source>
        <translation>لم يُعثر على جدار ناري يعرفه هذا البرنامج (ufw، firewalld، nftables).</translation>
    </message>
    <message>
        <source>No invitation yet. Create one above and hand on its link.</source>
        <translation>لا دعوة بعد. أنشئ واحدة أعلاه وسلّم رابطها.</translation>
    </message>
    <message>
        <source>No key is chosen.</source>
        <translation>لم يُختر مفتاح.</translation>
    </message>
    <message>
        <source>No line can be used.</source>
        <translation>لا سطر صالح.</translation>
    </message>
    <message>
        <source>No line matches</source>
        <translation>لا سطر يطابق</translation>
    </message>
    <message>
        <source>No messages are kept.</source>
        <translation>لا تُحفظ رسائل.</translation>
    </message>
    <message>
        <source>No row chosen</source>
        <translation>لم يُختر صف</translation>
    </message>
    <message>
        <source>No row passes the filter</source>
        <translation>لا صف يجتاز المرشح</translation>
    </message>
    <message>
        <source>No rule of Windows Defender Firewall lets this program in on {name} networks.</source>
        <translation>لا قاعدة في جدار حماية Windows Defender تسمح لهذا البرنامج على شبكات {name}.</translation>
    </message>
    <message>
        <source>No token counts now.</source>
        <translation>لا رمز يسري الآن.</translation>
    </message>
    <message>
        <source>No traffic yet</source>
        <translation>لا حركة بعد</translation>
    </message>
    <message>
        <source>Open its page</source>
        <translation>فتح صفحته</translation>
    </message>
    <message>
        <source>Quitting stops the server, which disconnects them.</source>
        <translation>الإنهاء يوقف الخادم ويقطع اتصالهم.</translation>
    </message>
    <message>
        <source>Tell of newer versions</source>
        <translation>الإبلاغ عن الإصدارات الأحدث</translation>
    </message>
    <message>
        <source>The page of this program cannot be reached.</source>
        <translation>لا يمكن الوصول إلى صفحة هذا البرنامج.</translation>
    </message>
    <message>
        <source>The page of this program gave an answer that is not understood.</source>
        <translation>أعطت صفحة هذا البرنامج جوابًا غير مفهوم.</translation>
    </message>
    <message>
        <source>The page of this program told no version that can be compared.</source>
        <translation>لم تذكر صفحة هذا البرنامج إصدارًا يمكن مقارنته.</translation>
    </message>
    <message>
        <source>There is no field &apos;{value}&apos; here.</source>
        <translation>لا يوجد هنا حقل «{value}».</translation>
    </message>
    <message>
        <source>This is the newest version.</source>
        <translation>هذا أحدث إصدار.</translation>
    </message>
    <message>
        <source>Version {version} is there.</source>
        <translation>صدر الإصدار {version}.</translation>
    </message>
    <message>
        <source>Version {version} is there. About Authws Desktop, in the menu Help, leads to it.</source>
        <translation>صدر الإصدار {version}. «حول Authws Desktop» في قائمة المساعدة يقود إليه.</translation>
    </message>
    <message>
        <source>another port, such as {next_free}</source>
        <translation>منفذًا آخر، مثل {next_free}</translation>
    </message>
    <message>
        <source>compiled</source>
        <translation>مُصرَّف</translation>
    </message>
    <message>
        <source>is wrong at character {value}</source>
        <translation>خاطئ عند الحرف {value}</translation>
    </message>
    <message>
        <source>it ends too early (byte {data})</source>
        <translation>ينتهي مبكرًا (البايت {data})</translation>
    </message>
    <message>
        <source>No, not with the same frame.</source>
        <translation>لا، ليس بالإطار نفسه.</translation>
    </message>
    <message>
        <source>No.</source>
        <translation>لا.</translation>
    </message>
    <message>
        <source>Nobody found</source>
        <translation>لم يُعثر على أحد</translation>
    </message>
    <message>
        <source>Nobody has to wait</source>
        <translation>لا أحد عليه الانتظار</translation>
    </message>
    <message>
        <source>Nobody is banned. Choose somebody on the Live page to ban the user or the address.</source>
        <translation>لا أحد محظور. اختر أحدًا في صفحة المباشر لحظر المستخدم أو العنوان.</translation>
    </message>
    <message>
        <source>Nobody is connected</source>
        <translation>لا أحد متصل</translation>
    </message>
    <message>
        <source>Nobody is disconnected now; new connections and logins are refused.</source>
        <translation>لا يُقطع أحد الآن؛ تُرفض الاتصالات وتسجيلات الدخول الجديدة.</translation>
    </message>
    <message>
        <source>Nobody is disconnected.</source>
        <translation>لا يُقطع أحد.</translation>
    </message>
    <message>
        <source>Nobody is here yet</source>
        <translation>لا أحد هنا بعد</translation>
    </message>
    <message>
        <source>Nobody is known by that id or name.</source>
        <translation>لا أحد معروف بهذا المعرّف أو الاسم.</translation>
    </message>
    <message>
        <source>Nobody is known by the id or name in &apos;with&apos;.</source>
        <translation>لا أحد معروف بالمعرّف أو الاسم في &apos;with&apos;.</translation>
    </message>
    <message>
        <source>Nobody is logged in, so nothing was sent.</source>
        <translation>لا أحد سجّل الدخول، فلم يُرسل شيء.</translation>
    </message>
    <message>
        <source>Nobody waits.</source>
        <translation>لا أحد ينتظر.</translation>
    </message>
    <message>
        <source>Nobody waits: registration does not ask for your approval now.</source>
        <translation>لا أحد ينتظر: التسجيل لا يطلب موافقتك الآن.</translation>
    </message>
    <message>
        <source>Node</source>
        <translation>العقدة</translation>
    </message>
    <message>
        <source>Node {name} of {count} · {here} here · {all} in all</source>
        <translation>العقدة {name} من {count} · {here} هنا · {all} في الكل</translation>
    </message>
    <message>
        <source>Nodes</source>
        <translation>العقد</translation>
    </message>
    <message>
        <source>None of the chosen users is connected any more, so nothing was sent.</source>
        <translation>لم يبق أحد من المستخدمين المختارين متصلًا، فلم يُرسل شيء.</translation>
    </message>
    <message>
        <source>Not a token: ASCII text of up to {max_token_chars} characters.</source>
        <translation>ليس رمزًا: نص ASCII حتى {max_token_chars} حرفًا.</translation>
    </message>
    <message>
        <source>Not acknowledged yet.</source>
        <translation>لم يُؤكد بعد.</translation>
    </message>
    <message>
        <source>Not issued by &apos;{issuer}&apos;.</source>
        <translation>لم يصدره &apos;{issuer}&apos;.</translation>
    </message>
    <message>
        <source>Not logged in</source>
        <translation>غير مسجل الدخول</translation>
    </message>
    <message>
        <source>Not three parts of JSON and signature in base64url.</source>
        <translation>ليس ثلاثة أجزاء من JSON وتوقيع بصيغة base64url.</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>ملاحظة</translation>
    </message>
    <message>
        <source>Nothing</source>
        <translation>لا شيء</translation>
    </message>
    <message>
        <source>Nothing has been logged yet</source>
        <translation>لم يُسجل شيء بعد</translation>
    </message>
    <message>
        <source>Nothing is kept yet. What passes from now on shows up here.</source>
        <translation>لا شيء محفوظ بعد. ما يمر من الآن يظهر هنا.</translation>
    </message>
    <message>
        <source>Nothing is kept, and everybody has an account.</source>
        <translation>لا يُحفظ شيء، ولكل واحد حساب.</translation>
    </message>
    <message>
        <source>Nothing is saved any more, and the file is left as it is.</source>
        <translation>لا يُحفظ شيء بعد الآن، ويبقى الملف كما هو.</translation>
    </message>
    <message>
        <source>Nothing is saved any more.</source>
        <translation>لا يُحفظ شيء بعد الآن.</translation>
    </message>
    <message>
        <source>Nothing like this is in it.</source>
        <translation>لا شيء كهذا فيه.</translation>
    </message>
    <message>
        <source>Nothing was changed.</source>
        <translation>لم يتغير شيء.</translation>
    </message>
    <message>
        <source>Nothing was done yet</source>
        <translation>لم يُفعل شيء بعد</translation>
    </message>
    <message>
        <source>Of a recording, each says what its first user said, over and over.</source>
        <translation>من تسجيل، يقول كل واحد ما قاله مستخدمه الأول مرارًا.</translation>
    </message>
    <message>
        <source>Of any kind, from one address of another computer; a whole class or event may share one.</source>
        <translation>من أي نوع، من عنوان واحد لحاسوب آخر؛ قد يشترك صف كامل أو فعالية في عنوان.</translation>
    </message>
    <message>
        <source>Of anyone</source>
        <translation>من أي أحد</translation>
    </message>
    <message>
        <source>Of people with an account</source>
        <translation>من أصحاب الحسابات</translation>
    </message>
    <message>
        <source>Of the messages kept: nothing, what was said since their account was made, also the last 50 before, or all.</source>
        <translation>من الرسائل المحفوظة: لا شيء، أو ما قيل منذ إنشاء حسابهم، أو آخر 50 قبله أيضًا، أو الكل.</translation>
    </message>
    <message>
        <source>Of the web client, such as en, de or pt-BR. Empty: each browser&apos;s own.</source>
        <translation>لعميل الويب، مثل en أو de أو pt-BR. فارغ: لغة كل متصفح.</translation>
    </message>
    <message>
        <source>Of these late: {late}, the last one after {after_s}.</source>
        <translation>منها متأخر: {late}، وآخرها بعد {after_s}.</translation>
    </message>
    <message>
        <source>Off</source>
        <translation>إيقاف</translation>
    </message>
    <message>
        <source>Off: a guest cannot write to another guest alone.</source>
        <translation>إيقاف: لا يستطيع ضيف مراسلة ضيف آخر وحده.</translation>
    </message>
    <message>
        <source>Off: plain http and ws</source>
        <translation>إيقاف: http و ws عاديان</translation>
    </message>
    <message>
        <source>Older</source>
        <translation>أقدم</translation>
    </message>
    <message>
        <source>Older ones are forgotten; a message for somebody who is away waits as long.</source>
        <translation>الأقدم يُنسى؛ والرسالة لغائب تنتظر هذه المدة.</translation>
    </message>
    <message>
        <source>Older rows are dropped when their payloads take more than this.</source>
        <translation>تُسقط الصفوف الأقدم حين تأخذ حمولاتها أكثر من هذا.</translation>
    </message>
    <message>
        <source>On</source>
        <translation>تشغيل</translation>
    </message>
    <message>
        <source>On now</source>
        <translation>عاملة الآن</translation>
    </message>
    <message>
        <source>On top: {text}</source>
        <translation>في الأعلى: {text}</translation>
    </message>
    <message>
        <source>On: people come in by name alone, without a password. They end when the server stops.</source>
        <translation>تشغيل: يدخل الناس بالاسم وحده، بلا كلمة مرور. ينتهون حين يتوقف الخادم.</translation>
    </message>
    <message>
        <source>On: the web client sends pictures, shrunk to 1,280 pixels and 300 kB.</source>
        <translation>تشغيل: يرسل عميل الويب صورًا مصغرة إلى 1,280 بكسل و300 kB.</translation>
    </message>
    <message>
        <source>Once</source>
        <translation>مرة</translation>
    </message>
    <message>
        <source>One connection</source>
        <translation>اتصال واحد</translation>
    </message>
    <message>
        <source>One person a line: a name, and if you like a password and a role (member or host), separated by comma, semicolon or tab. Who has no password gets a generated one. A table of users with bcrypt hashes, as CSV or JSON, moves in with the passwords they have.</source>
        <translation>شخص في كل سطر: اسم، وإن شئت كلمة مرور ودور (member أو host)، تفصلها فاصلة أو فاصلة منقوطة أو علامة جدولة. من لا كلمة مرور له تُولّد له واحدة. وجدول مستخدمين بتجزئات bcrypt، بصيغة CSV أو JSON، ينتقل بكلمات مروره.</translation>
    </message>
    <message>
        <source>Only after a new login.</source>
        <translation>فقط بعد تسجيل دخول جديد.</translation>
    </message>
    <message>
        <source>Only frames can be sent again</source>
        <translation>لا يمكن إعادة إرسال سوى الإطارات</translation>
    </message>
    <message>
        <source>Only hosts</source>
        <translation>المضيفون فقط</translation>
    </message>
    <message>
        <source>Only hosts write to everyone</source>
        <translation>المضيفون وحدهم يكتبون للجميع</translation>
    </message>
    <message>
        <source>Only the beginning of this frame was kept</source>
        <translation>لم يُحتفظ إلا ببداية هذا الإطار</translation>
    </message>
    <message>
        <source>Only the host may write to everyone now.</source>
        <translation>المضيف وحده يراسل الجميع الآن.</translation>
    </message>
    <message>
        <source>Only the node that they are connected to knows their address</source>
        <translation>لا يعرف عنوانهم إلا العقدة المتصلون بها</translation>
    </message>
    <message>
        <source>Only this computer can come in now.</source>
        <translation>هذا الحاسوب وحده يستطيع الدخول الآن.</translation>
    </message>
    <message>
        <source>Only this computer can open the address now. Others need it to find the login.</source>
        <translation>هذا الحاسوب وحده يستطيع فتح العنوان الآن. يحتاجه الآخرون لإيجاد الدخول.</translation>
    </message>
    <message>
        <source>Only this computer can open this address.</source>
        <translation>هذا الحاسوب وحده يستطيع فتح هذا العنوان.</translation>
    </message>
    <message>
        <source>Only this computer can reach it.</source>
        <translation>هذا الحاسوب وحده يستطيع الوصول إليه.</translation>
    </message>
    <message>
        <source>Only you see it.</source>
        <translation>أنت وحدك تراه.</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>فتح</translation>
    </message>
    <message>
        <source>Open Authws Desktop</source>
        <translation>فتح Authws Desktop</translation>
    </message>
    <message>
        <source>Open a file…</source>
        <translation>فتح ملف…</translation>
    </message>
    <message>
        <source>Open a list of names</source>
        <translation>فتح قائمة أسماء</translation>
    </message>
    <message>
        <source>Open account</source>
        <translation>فتح الحساب</translation>
    </message>
    <message>
        <source>Open exported traffic</source>
        <translation>فتح حركة مصدّرة</translation>
    </message>
    <message>
        <source>Open in browser</source>
        <translation>فتح في المتصفح</translation>
    </message>
    <message>
        <source>Open this address in a browser on this computer.</source>
        <translation>افتح هذا العنوان في متصفح على هذا الحاسوب.</translation>
    </message>
    <message>
        <source>Open {address} in a browser here, or let other devices in.</source>
        <translation>افتح {address} في متصفح هنا، أو أدخل أجهزة أخرى.</translation>
    </message>
    <message>
        <source>Open: anyone who reaches the server</source>
        <translation>مفتوح: كل من يصل إلى الخادم</translation>
    </message>
    <message>
        <source>Opening {file}</source>
        <translation>جارٍ فتح {file}</translation>
    </message>
    <message>
        <source>Opening {where}…</source>
        <translation>جارٍ فتح {where}…</translation>
    </message>
    <message>
        <source>Opens this window and starts the server when you log in to this computer.</source>
        <translation>يفتح هذه النافذة ويبدأ الخادم حين تسجل الدخول إلى هذا الحاسوب.</translation>
    </message>
    <message>
        <source>Optional. They are told it when they are disconnected or refused.</source>
        <translation>اختياري. يُقال لهم عند القطع أو الرفض.</translation>
    </message>
    <message>
        <source>Or allow twice as many from each address; nobody is disconnected.</source>
        <translation>أو اسمح بضعف العدد من كل عنوان؛ لا يُقطع أحد.</translation>
    </message>
    <message>
        <source>Or give everyone twice the time to log in; nobody is disconnected.</source>
        <translation>أو أعطِ الجميع ضعف الوقت لتسجيل الدخول؛ لا يُقطع أحد.</translation>
    </message>
    <message>
        <source>Or let everyone send frames twice as large; nobody is disconnected.</source>
        <translation>أو اسمح للجميع بإطارات بضعف الحجم؛ لا يُقطع أحد.</translation>
    </message>
    <message>
        <source>Or let twice as much wait for who reads slowly; nobody is disconnected.</source>
        <translation>أو دع ضعف الكمية ينتظر من يقرأ ببطء؛ لا يُقطع أحد.</translation>
    </message>
    <message>
        <source>Or remove the rule as administrator:</source>
        <translation>أو أزل القاعدة بصفة مسؤول:</translation>
    </message>
    <message>
        <source>Or use that copy, or quit it first.</source>
        <translation>أو استخدم تلك النسخة، أو أنهها أولًا.</translation>
    </message>
    <message>
        <source>Others in this network use {port}{adapter}.</source>
        <translation>الآخرون في هذه الشبكة يستخدمون {port}{adapter}.</translation>
    </message>
    <message>
        <source>Others may use {port}, but {adapter} is a virtual network or a VPN.</source>
        <translation>قد يستخدم الآخرون {port}، لكن {adapter} شبكة افتراضية أو VPN.</translation>
    </message>
    <message>
        <source>Others reach this server: break their connections, too</source>
        <translation>آخرون يصلون إلى هذا الخادم: تعطيل اتصالاتهم أيضًا</translation>
    </message>
    <message>
        <source>Out</source>
        <translation>صادر</translation>
    </message>
    <message>
        <source>Out/s</source>
        <translation>خارج/ث</translation>
    </message>
    <message>
        <source>Outcome</source>
        <translation>النتيجة</translation>
    </message>
    <message>
        <source>PDF files (*.pdf)</source>
        <translation>ملفات PDF (*.pdf)</translation>
    </message>
    <message>
        <source>PEM files (*.pem *.crt *.cer *.key);;All files (*)</source>
        <translation>ملفات PEM (*.pem *.crt *.cer *.key);;كل الملفات (*)</translation>
    </message>
    <message>
        <source>PEM without a password; for your own files.</source>
        <translation>ملف PEM بلا كلمة مرور؛ لملفاتك الخاصة.</translation>
    </message>
    <message>
        <source>PEM, with the chain below it; for your own files.</source>
        <translation>ملف PEM تحته السلسلة؛ لملفاتك الخاصة.</translation>
    </message>
    <message>
        <source>Pages of {origin} may not connect.</source>
        <translation>لا يُسمح لصفحات {origin} بالاتصال.</translation>
    </message>
    <message>
        <source>Paper</source>
        <translation>الورق</translation>
    </message>
    <message>
        <source>Part</source>
        <translation>جزء</translation>
    </message>
    <message>
        <source>Parts of the token</source>
        <translation>أجزاء الرمز</translation>
    </message>
    <message>
        <source>Password</source>
        <translation>كلمة المرور</translation>
    </message>
    <message>
        <source>Password strength: {strength}</source>
        <translation>قوة كلمة المرور: {strength}</translation>
    </message>
    <message>
        <source>Paste</source>
        <translation>لصق</translation>
    </message>
    <message>
        <source>Paste a token here: three parts with dots between them.</source>
        <translation>الصق رمزًا هنا: ثلاثة أجزاء بينها نقاط.</translation>
    </message>
    <message>
        <source>Paste a token to see what it says and whether this server accepts it.</source>
        <translation>الصق رمزًا لترى ما يقوله وهل يقبله هذا الخادم.</translation>
    </message>
    <message>
        <source>Paste it into the console of a page on this server, or into a page&apos;s script.</source>
        <translation>الصقه في وحدة تحكم صفحة على هذا الخادم، أو في نص برمجي لصفحة.</translation>
    </message>
    <message>
        <source>Path</source>
        <translation>المسار</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>إيقاف مؤقت</translation>
    </message>
    <message>
        <source>Payload as JSON</source>
        <translation>الحمولة بصيغة JSON</translation>
    </message>
    <message>
        <source>Payload as bytes</source>
        <translation>الحمولة بايتات</translation>
    </message>
    <message>
        <source>Payload as text</source>
        <translation>الحمولة نصًا</translation>
    </message>
    <message>
        <source>People</source>
        <translation>الأشخاص</translation>
    </message>
    <message>
        <source>People who are logged in</source>
        <translation>الأشخاص المسجلون دخولهم</translation>
    </message>
    <message>
        <source>People, invitations, or who waits</source>
        <translation>الأشخاص، أو الدعوات، أو من ينتظر</translation>
    </message>
    <message>
        <source>Phones join by scanning the code. The password is not kept when the program ends.</source>
        <translation>تنضم الهواتف بمسح الرمز. لا تُحفظ كلمة المرور بعد إنهاء البرنامج.</translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation>الصور</translation>
    </message>
    <message>
        <source>Pictures in the web client</source>
        <translation>الصور في عميل الويب</translation>
    </message>
    <message>
        <source>Ping</source>
        <translation>اختبار ping</translation>
    </message>
    <message>
        <source>Port</source>
        <translation>المنفذ</translation>
    </message>
    <message>
        <source>Port {port} is in use by {who}.</source>
        <translation>المنفذ {port} يستخدمه {who}.</translation>
    </message>
    <message>
        <source>Presence</source>
        <translation>الحضور</translation>
    </message>
    <message>
        <source>Press / and then Escape to empty the filter, or choose more kinds of rows above.</source>
        <translation>اضغط / ثم Escape لإفراغ المرشح، أو اختر أنواعًا أكثر من الصفوف أعلاه.</translation>
    </message>
    <message>
        <source>Press Start above to let people connect.</source>
        <translation>اضغط بدء أعلاه ليتمكن الناس من الاتصال.</translation>
    </message>
    <message>
        <source>Press Start to listen on {where}</source>
        <translation>اضغط بدء للاستماع على {where}</translation>
    </message>
    <message>
        <source>Press Start, then check again.</source>
        <translation>اضغط بدء، ثم افحص من جديد.</translation>
    </message>
    <message>
        <source>Pretty</source>
        <translation>منسق</translation>
    </message>
    <message>
        <source>Preview</source>
        <translation>معاينة</translation>
    </message>
    <message>
        <source>Preview of the sheet</source>
        <translation>معاينة الورقة</translation>
    </message>
    <message>
        <source>Previous (Shift+Return)</source>
        <translation>السابق (Shift+Return)</translation>
    </message>
    <message>
        <source>Previous sheet</source>
        <translation>الورقة السابقة</translation>
    </message>
    <message>
        <source>Print the PDF at its real size, then cut along the lines.</source>
        <translation>اطبع ملف PDF بحجمه الحقيقي، ثم قص على الخطوط.</translation>
    </message>
    <message>
        <source>Production</source>
        <translation>إنتاج</translation>
    </message>
    <message>
        <source>Program</source>
        <translation>البرنامج</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>التقدم</translation>
    </message>
    <message>
        <source>Projector</source>
        <translation>العارض</translation>
    </message>
    <message>
        <source>Put away</source>
        <translation>وضع جانبًا</translation>
    </message>
    <message>
        <source>Put away: the password is not kept anywhere</source>
        <translation>وضع جانبًا: كلمة المرور غير محفوظة في أي مكان</translation>
    </message>
    <message>
        <source>Put it back, or begin a new one.</source>
        <translation>أعده إلى مكانه، أو ابدأ واحدًا جديدًا.</translation>
    </message>
    <message>
        <source>Put one name on each line.</source>
        <translation>ضع اسمًا واحدًا في كل سطر.</translation>
    </message>
    <message>
        <source>Put the file back, or ban somebody, which writes it again.</source>
        <translation>أعد الملف إلى مكانه، أو احظر أحدًا فيُكتب من جديد.</translation>
    </message>
    <message>
        <source>Put the file back, or renew the secret, which writes it again.</source>
        <translation>أعد الملف إلى مكانه، أو جدد السر فيُكتب من جديد.</translation>
    </message>
    <message>
        <source>Put the file back, or restart the program to begin with what is there.</source>
        <translation>أعد الملف إلى مكانه، أو أعد تشغيل البرنامج للبدء بما هو موجود.</translation>
    </message>
    <message>
        <source>Put the file back, or save a setting, which writes it again.</source>
        <translation>أعد الملف إلى مكانه، أو احفظ إعدادًا فيُكتب من جديد.</translation>
    </message>
    <message>
        <source>Put the right file in its place, then restart the program.</source>
        <translation>ضع الملف الصحيح مكانه، ثم أعد تشغيل البرنامج.</translation>
    </message>
    <message>
        <source>QR code of {address}</source>
        <translation>رمز QR لـ {address}</translation>
    </message>
    <message>
        <source>QR code of {address}. Press Escape to close.</source>
        <translation>رمز QR لـ {address}. اضغط Escape للإغلاق.</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>إنهاء</translation>
    </message>
    <message>
        <source>Quit and lose the passwords?</source>
        <translation>إنهاء وفقد كلمات المرور؟</translation>
    </message>
    <message>
        <source>Raise its limit (ulimit -n, or LimitNOFILE of a service) to {needed} and start it again.</source>
        <translation>ارفع حده (ulimit -n، أو LimitNOFILE لخدمة) إلى {needed} وابدأه ثانية.</translation>
    </message>
    <message>
        <source>Raw</source>
        <translation>خام</translation>
    </message>
    <message>
        <source>Reachable from: {scope}</source>
        <translation>يمكن الوصول من: {scope}</translation>
    </message>
    <message>
        <source>Reached from this computer. Now try it from another one.</source>
        <translation>وُصل إليه من هذا الحاسوب. جرّب الآن من حاسوب آخر.</translation>
    </message>
    <message>
        <source>Reached from {address} in {time} ms</source>
        <translation>وُصل إليه من {address} خلال {time} م.ث</translation>
    </message>
    <message>
        <source>Read line {done} of {all}</source>
        <translation>قُرئ السطر {done} من {all}</translation>
    </message>
    <message>
        <source>Reads too slowly ({code}).</source>
        <translation>يقرأ ببطء شديد ({code}).</translation>
    </message>
    <message>
        <source>Real accounts with real connections, in a process of their own. Their names begin with bot-, and they are removed at the end.</source>
        <translation>حسابات حقيقية باتصالات حقيقية، في عملية خاصة. تبدأ أسماؤها بـ bot-، وتُزال في النهاية.</translation>
    </message>
    <message>
        <source>Reason</source>
        <translation>السبب</translation>
    </message>
    <message>
        <source>Received</source>
        <translation>استُلم</translation>
    </message>
    <message>
        <source>Received; nothing was passed on.</source>
        <translation>استُلم؛ لم يُمرر شيء.</translation>
    </message>
    <message>
        <source>Recording {file}</source>
        <translation>التسجيل {file}</translation>
    </message>
    <message>
        <source>Refused</source>
        <translation>مرفوض</translation>
    </message>
    <message>
        <source>Registration</source>
        <translation>التسجيل</translation>
    </message>
    <message>
        <source>Registration is closed: invitations do not work.</source>
        <translation>التسجيل مغلق: الدعوات لا تعمل.</translation>
    </message>
    <message>
        <source>Registration is open: nobody needs an invitation.</source>
        <translation>التسجيل مفتوح: لا أحد يحتاج دعوة.</translation>
    </message>
    <message>
        <source>Registration needs an invitation code.</source>
        <translation>التسجيل يحتاج إلى رمز دعوة.</translation>
    </message>
    <message>
        <source>Registration needs your approval: invitations are not asked for.</source>
        <translation>التسجيل يحتاج موافقتك: لا تُطلب دعوات.</translation>
    </message>
    <message>
        <source>Registrations</source>
        <translation>التسجيلات</translation>
    </message>
    <message>
        <source>Registrations in 15 minutes from one address; 0 switches the limit off.</source>
        <translation>التسجيلات خلال 15 دقيقة من عنوان واحد؛ 0 يلغي الحد.</translation>
    </message>
    <message>
        <source>Remember this message</source>
        <translation>تذكر هذه الرسالة</translation>
    </message>
    <message>
        <source>Remove it after the event.</source>
        <translation>أزله بعد الفعالية.</translation>
    </message>
    <message>
        <source>Remove it, or write {settings_version}.</source>
        <translation>أزله، أو اكتب {settings_version}.</translation>
    </message>
    <message>
        <source>Remove it.</source>
        <translation>أزله.</translation>
    </message>
    <message>
        <source>Repair it, or move it away to start without bans.</source>
        <translation>أصلحه، أو انقله جانبًا للبدء بلا حظر.</translation>
    </message>
    <message>
        <source>Replace</source>
        <translation>استبدال</translation>
    </message>
    <message>
        <source>Replace it.</source>
        <translation>استبدله.</translation>
    </message>
    <message>
        <source>Replace the signing secret</source>
        <translation>استبدال سر التوقيع</translation>
    </message>
    <message>
        <source>Replace…</source>
        <translation>استبدال…</translation>
    </message>
    <message>
        <source>Request</source>
        <translation>الطلب</translation>
    </message>
    <message>
        <source>Require approval</source>
        <translation>طلب الموافقة</translation>
    </message>
    <message>
        <source>Require invitations</source>
        <translation>طلب الدعوات</translation>
    </message>
    <message>
        <source>Resend</source>
        <translation>إعادة الإرسال</translation>
    </message>
    <message>
        <source>Resend…</source>
        <translation>إعادة الإرسال…</translation>
    </message>
    <message>
        <source>Reset password</source>
        <translation>إعادة ضبط كلمة المرور</translation>
    </message>
    <message>
        <source>Reset password of {name}</source>
        <translation>إعادة ضبط كلمة مرور {name}</translation>
    </message>
    <message>
        <source>Reset passwords</source>
        <translation>إعادة ضبط كلمات المرور</translation>
    </message>
    <message>
        <source>Reset passwords of {accounts}</source>
        <translation>إعادة ضبط كلمات مرور {accounts}</translation>
    </message>
    <message>
        <source>Response</source>
        <translation>الجواب</translation>
    </message>
    <message>
        <source>Restore it from a backup, or move it away to start with no accounts.</source>
        <translation>استعده من نسخة احتياطية، أو انقله جانبًا للبدء بلا حسابات.</translation>
    </message>
    <message>
        <source>Restore it from a backup, or move it away: then a new secret is made and everyone logs in again.</source>
        <translation>استعده من نسخة احتياطية، أو انقله جانبًا: عندها يُصنع سر جديد ويسجل الجميع الدخول من جديد.</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>استئناف</translation>
    </message>
    <message>
        <source>Revert</source>
        <translation>تراجع عن التغييرات</translation>
    </message>
    <message>
        <source>Revoke</source>
        <translation>إبطال</translation>
    </message>
    <message>
        <source>Revoke all</source>
        <translation>إبطال الكل</translation>
    </message>
    <message>
        <source>Revoke all sessions of {whom}?</source>
        <translation>إبطال كل جلسات {whom}؟</translation>
    </message>
    <message>
        <source>Revoke all…</source>
        <translation>إبطال الكل…</translation>
    </message>
    <message>
        <source>Revoke invitations?</source>
        <translation>إبطال الدعوات؟</translation>
    </message>
    <message>
        <source>Revoke some that are no longer needed.</source>
        <translation>أبطل بعضها مما لم يعد لازمًا.</translation>
    </message>
    <message>
        <source>Revokes {invitations}. Their links stop working at once.</source>
        <translation>يبطل {invitations}. تتوقف روابطها فورًا.</translation>
    </message>
    <message>
        <source>Revokes {sessions} and ends {connections}.</source>
        <translation>يبطل {sessions} وينهي {connections}.</translation>
    </message>
    <message>
        <source>Revoke…</source>
        <translation>إبطال…</translation>
    </message>
    <message>
        <source>Role</source>
        <translation>الدور</translation>
    </message>
    <message>
        <source>Roles are &apos;host&apos; and &apos;member&apos;.</source>
        <translation>الأدوار هي &apos;host&apos; و&apos;member&apos;.</translation>
    </message>
    <message>
        <source>Room</source>
        <translation>الغرفة</translation>
    </message>
    <message>
        <source>Round trip of the last WebSocket ping</source>
        <translation>زمن ذهاب وإياب آخر WebSocket ping</translation>
    </message>
    <message>
        <source>Rows</source>
        <translation>الصفوف</translation>
    </message>
    <message>
        <source>Rows after these</source>
        <translation>الصفوف بعد هذه</translation>
    </message>
    <message>
        <source>Rows before these</source>
        <translation>الصفوف قبل هذه</translation>
    </message>
    <message>
        <source>Rows kept</source>
        <translation>الصفوف المحفوظة</translation>
    </message>
    <message>
        <source>Rows of all nodes</source>
        <translation>صفوف جميع العقد</translation>
    </message>
    <message>
        <source>Rows side by side</source>
        <translation>الصفوف جنبًا إلى جنب</translation>
    </message>
    <message>
        <source>Rules of nftables can be read by root only; to see them:</source>
        <translation>لا يقرأ قواعد nftables إلا root؛ ولرؤيتها:</translation>
    </message>
    <message>
        <source>Running</source>
        <translation>يعمل</translation>
    </message>
    <message>
        <source>S&amp;ort by</source>
        <translation>&amp;فرز حسب</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>حفظ</translation>
    </message>
    <message>
        <source>Save (Ctrl+S)</source>
        <translation>حفظ (Ctrl+S)</translation>
    </message>
    <message>
        <source>Save CSV…</source>
        <translation>حفظ CSV…</translation>
    </message>
    <message>
        <source>Save and disconnect?</source>
        <translation>حفظ وقطع؟</translation>
    </message>
    <message>
        <source>Save as PDF…</source>
        <translation>حفظ بصيغة PDF…</translation>
    </message>
    <message>
        <source>Save it as &apos;CSV UTF-8&apos; and try again.</source>
        <translation>احفظها بصيغة &apos;CSV UTF-8&apos; وحاول ثانية.</translation>
    </message>
    <message>
        <source>Save it as Client.cs and add it to an object of the scene.</source>
        <translation>احفظه باسم Client.cs وأضفه إلى كائن في المشهد.</translation>
    </message>
    <message>
        <source>Save it as Client.java.</source>
        <translation>احفظه باسم Client.java.</translation>
    </message>
    <message>
        <source>Save it as UTF-8.</source>
        <translation>احفظه بصيغة UTF-8.</translation>
    </message>
    <message>
        <source>Save it as client.mjs.</source>
        <translation>احفظه باسم client.mjs.</translation>
    </message>
    <message>
        <source>Save login cards</source>
        <translation>حفظ بطاقات الدخول</translation>
    </message>
    <message>
        <source>Save names and passwords</source>
        <translation>حفظ الأسماء وكلمات المرور</translation>
    </message>
    <message>
        <source>Save this filter</source>
        <translation>حفظ هذا المرشح</translation>
    </message>
    <message>
        <source>Saved filters</source>
        <translation>المرشحات المحفوظة</translation>
    </message>
    <message>
        <source>Saved {file}. It holds passwords: delete it once the cards are printed.</source>
        <translation>حُفظ {file}. فيه كلمات مرور: احذفه بعد طباعة البطاقات.</translation>
    </message>
    <message>
        <source>Saved {file}. It holds passwords: delete it once they are handed on.</source>
        <translation>حُفظ {file}. فيه كلمات مرور: احذفه بعد تسليمها.</translation>
    </message>
    <message>
        <source>Saved.</source>
        <translation>حُفظ.</translation>
    </message>
    <message>
        <source>Say this to everyone who is logged in</source>
        <translation>قل هذا لكل من سجل الدخول</translation>
    </message>
    <message>
        <source>Scan the code with a phone in the same network. It proves more than any setting.</source>
        <translation>امسح الرمز بهاتف في الشبكة نفسها. هذا يثبت أكثر من أي إعداد.</translation>
    </message>
    <message>
        <source>Scan the code, or open</source>
        <translation>امسح الرمز، أو افتح</translation>
    </message>
    <message>
        <source>Scan the code, or open this address in a browser.</source>
        <translation>امسح الرمز، أو افتح هذا العنوان في متصفح.</translation>
    </message>
    <message>
        <source>Scope set by {source}</source>
        <translation>النطاق مضبوط من {source}</translation>
    </message>
    <message>
        <source>Search  /</source>
        <translation>بحث  /</translation>
    </message>
    <message>
        <source>Search accounts</source>
        <translation>بحث في الحسابات</translation>
    </message>
    <message>
        <source>Search accounts  /</source>
        <translation>بحث في الحسابات  /</translation>
    </message>
    <message>
        <source>Search connected users</source>
        <translation>بحث في المستخدمين المتصلين</translation>
    </message>
    <message>
        <source>Search settings</source>
        <translation>بحث في الإعدادات</translation>
    </message>
    <message>
        <source>Search the acts</source>
        <translation>بحث في الإجراءات</translation>
    </message>
    <message>
        <source>Search the log</source>
        <translation>بحث في السجل</translation>
    </message>
    <message>
        <source>Search users</source>
        <translation>بحث عن مستخدمين</translation>
    </message>
    <message>
        <source>Security</source>
        <translation>الأمان</translation>
    </message>
    <message>
        <source>Seed of chance</source>
        <translation>بذرة العشوائية</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>إرسال</translation>
    </message>
    <message>
        <source>Send (Ctrl+Return)</source>
        <translation>إرسال (Ctrl+Return)</translation>
    </message>
    <message>
        <source>Send as server</source>
        <translation>إرسال بصفة الخادم</translation>
    </message>
    <message>
        <source>Send as server… (to whom is chosen below, or to everyone)</source>
        <translation>إرسال بصفة الخادم… (لمن اختير أدناه، أو للجميع)</translation>
    </message>
    <message>
        <source>Send buffer</source>
        <translation>مخزن الإرسال</translation>
    </message>
    <message>
        <source>Send it again when the recipient is there.</source>
        <translation>أرسلها ثانية حين يكون المستلم حاضرًا.</translation>
    </message>
    <message>
        <source>Send it as UTF-8.</source>
        <translation>أرسله بصيغة UTF-8.</translation>
    </message>
    <message>
        <source>Send message…</source>
        <translation>إرسال رسالة…</translation>
    </message>
    <message>
        <source>Send this frame again…</source>
        <translation>إرسال هذا الإطار ثانية…</translation>
    </message>
    <message>
        <source>Sent</source>
        <translation>أُرسل</translation>
    </message>
    <message>
        <source>Sent to {connections}</source>
        <translation>أُرسل إلى {connections}</translation>
    </message>
    <message>
        <source>Sent to {connections}.</source>
        <translation>أُرسل إلى {connections}.</translation>
    </message>
    <message>
        <source>Separated by commas · default none</source>
        <translation>تفصلها فواصل · الافتراضي لا شيء</translation>
    </message>
    <message>
        <source>Server is stopping ({code}).</source>
        <translation>الخادم يتوقف ({code}).</translation>
    </message>
    <message>
        <source>Server listens anew.</source>
        <translation>يستمع الخادم من جديد.</translation>
    </message>
    <message>
        <source>Server {state}.</source>
        <translation>الخادم: {state}.</translation>
    </message>
    <message>
        <source>Server: {state}</source>
        <translation>الخادم: {state}</translation>
    </message>
    <message>
        <source>Sessions</source>
        <translation>الجلسات</translation>
    </message>
    <message>
        <source>Sessions of the account</source>
        <translation>جلسات الحساب</translation>
    </message>
    <message>
        <source>Set HOME, or name a folder: --data-dir FOLDER.</source>
        <translation>عيّن HOME، أو سمِّ مجلدًا: --data-dir FOLDER.</translation>
    </message>
    <message>
        <source>Set a longer one.</source>
        <translation>عيّن واحدًا أطول.</translation>
    </message>
    <message>
        <source>Set by JWT_SECRET (environment)</source>
        <translation>مضبوط من JWT_SECRET (البيئة)</translation>
    </message>
    <message>
        <source>Set by {source}</source>
        <translation>مضبوط من {source}</translation>
    </message>
    <message>
        <source>Set it to a long random text.</source>
        <translation>اجعله نصًا عشوائيًا طويلًا.</translation>
    </message>
    <message>
        <source>Sets what is kept, what newcomers see and whether guests may come in, all with one choice.</source>
        <translation>يضبط باختيار واحد ما يُحفظ، وما يراه الجدد، وهل يدخل الضيوف.</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>الإعدادات</translation>
    </message>
    <message>
        <source>Settings changed.</source>
        <translation>تغيرت الإعدادات.</translation>
    </message>
    <message>
        <source>Settings of all nodes: revision {number}</source>
        <translation>إعدادات جميع العقد: المراجعة {number}</translation>
    </message>
    <message>
        <source>Sheet {sheet} of {all}</source>
        <translation>الورقة {sheet} من {all}</translation>
    </message>
    <message>
        <source>Sheet {sheet} of {all} is done.</source>
        <translation>تمت الورقة {sheet} من {all}.</translation>
    </message>
    <message>
        <source>Shortest password</source>
        <translation>أقصر كلمة مرور</translation>
    </message>
    <message>
        <source>Should it connect again?</source>
        <translation>هل يتصل ثانية؟</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>إظهار</translation>
    </message>
    <message>
        <source>Show &amp;QR code and addresses</source>
        <translation>إظهار رمز &amp;QR والعناوين</translation>
    </message>
    <message>
        <source>Show all</source>
        <translation>إظهار الكل</translation>
    </message>
    <message>
        <source>Show in the traffic</source>
        <translation>إظهار في الحركة</translation>
    </message>
    <message>
        <source>Show it on the whole screen</source>
        <translation>إظهاره على الشاشة كلها</translation>
    </message>
    <message>
        <source>Show its code</source>
        <translation>إظهار رمزه</translation>
    </message>
    <message>
        <source>Show older</source>
        <translation>إظهار الأقدم</translation>
    </message>
    <message>
        <source>Show only connection #{number}</source>
        <translation>إظهار الاتصال #{number} فقط</translation>
    </message>
    <message>
        <source>Show only lines with problems</source>
        <translation>إظهار الأسطر ذات المشاكل فقط</translation>
    </message>
    <message>
        <source>Show only type {type}</source>
        <translation>إظهار النوع {type} فقط</translation>
    </message>
    <message>
        <source>Show only user {name}</source>
        <translation>إظهار المستخدم {name} فقط</translation>
    </message>
    <message>
        <source>Show or hide the connected users (Ctrl+B)</source>
        <translation>إظهار أو إخفاء المستخدمين المتصلين (Ctrl+B)</translation>
    </message>
    <message>
        <source>Show or leave out these rows; the count is of all that came since the last Clear</source>
        <translation>إظهار هذه الصفوف أو تركها؛ العدد لكل ما جاء منذ آخر مسح</translation>
    </message>
    <message>
        <source>Show password</source>
        <translation>إظهار كلمة المرور</translation>
    </message>
    <message>
        <source>Show the QR code and all addresses</source>
        <translation>إظهار رمز QR وكل العناوين</translation>
    </message>
    <message>
        <source>Show the code</source>
        <translation>إظهار الرمز</translation>
    </message>
    <message>
        <source>Show the code large</source>
        <translation>إظهار الرمز كبيرًا</translation>
    </message>
    <message>
        <source>Show the code of the address on the whole screen</source>
        <translation>إظهار رمز العنوان على الشاشة كلها</translation>
    </message>
    <message>
        <source>Show the secret</source>
        <translation>إظهار السر</translation>
    </message>
    <message>
        <source>Show traffic</source>
        <translation>إظهار الحركة</translation>
    </message>
    <message>
        <source>Show what the server answered as rows of their own (E); each request tells its outcome</source>
        <translation>إظهار أجوبة الخادم صفوفًا مستقلة (E)؛ كل طلب يذكر نتيجته</translation>
    </message>
    <message>
        <source>Signed by none of the keys of your backend.</source>
        <translation>لم يوقعه أي من مفاتيح خادمك الخلفي.</translation>
    </message>
    <message>
        <source>Signed with HS256.</source>
        <translation>موقّع بـ HS256.</translation>
    </message>
    <message>
        <source>Signed with a secret this server does not accept.</source>
        <translation>موقّع بسر لا يقبله هذا الخادم.</translation>
    </message>
    <message>
        <source>Signed with {algorithm} by a key of your backend.</source>
        <translation>موقّع بـ {algorithm} بمفتاح من خادمك الخلفي.</translation>
    </message>
    <message>
        <source>Signed with {current} ({id}).</source>
        <translation>موقّع بـ {current} ({id}).</translation>
    </message>
    <message>
        <source>Signing secret</source>
        <translation>سر التوقيع</translation>
    </message>
    <message>
        <source>Signing secret was changed ({code}).</source>
        <translation>تغير سر التوقيع ({code}).</translation>
    </message>
    <message>
        <source>Signs every login. Whoever knows it can log in as anybody.</source>
        <translation>يوقع كل دخول. من يعرفه يستطيع الدخول باسم أي أحد.</translation>
    </message>
    <message>
        <source>Since</source>
        <translation>منذ</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>الحجم</translation>
    </message>
    <message>
        <source>Snippets</source>
        <translation>المقتطفات</translation>
    </message>
    <message>
        <source>Some of it is as you set it.</source>
        <translation>بعضه كما ضبطته أنت.</translation>
    </message>
    <message>
        <source>Somebody connected to your server.</source>
        <translation>اتصل أحدهم بخادمك.</translation>
    </message>
    <message>
        <source>Somebody else changed it meanwhile: the program reads it again.</source>
        <translation>غيّره شخص آخر في هذه الأثناء: البرنامج يقرؤه من جديد.</translation>
    </message>
    <message>
        <source>Somebody new</source>
        <translation>شخص جديد</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>بدء</translation>
    </message>
    <message>
        <source>Start the server</source>
        <translation>بدء الخادم</translation>
    </message>
    <message>
        <source>Start the server and copy its address</source>
        <translation>بدء الخادم ونسخ عنوانه</translation>
    </message>
    <message>
        <source>Start the server first</source>
        <translation>ابدأ الخادم أولًا</translation>
    </message>
    <message>
        <source>Start the server: logins, connections and messages show up here.</source>
        <translation>ابدأ الخادم: تظهر هنا تسجيلات الدخول والاتصالات والرسائل.</translation>
    </message>
    <message>
        <source>Start when I log in</source>
        <translation>البدء حين أسجل الدخول</translation>
    </message>
    <message>
        <source>Start with this computer</source>
        <translation>البدء مع هذا الحاسوب</translation>
    </message>
    <message>
        <source>Starting</source>
        <translation>يبدأ</translation>
    </message>
    <message>
        <source>State</source>
        <translation>الحالة</translation>
    </message>
    <message>
        <source>Status</source>
        <translation>الوضع</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>إيقاف</translation>
    </message>
    <message>
        <source>Stop and start the server to make one that does.</source>
        <translation>أوقف الخادم ثم ابدأه لصنع شهادة مناسبة.</translation>
    </message>
    <message>
        <source>Stop the server</source>
        <translation>إيقاف الخادم</translation>
    </message>
    <message>
        <source>Stop the server?</source>
        <translation>إيقاف الخادم؟</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>متوقف</translation>
    </message>
    <message>
        <source>Stopped; the virtual users are removed.</source>
        <translation>توقف؛ أُزيل المستخدمون الافتراضيون.</translation>
    </message>
    <message>
        <source>Stopping</source>
        <translation>يتوقف</translation>
    </message>
    <message>
        <source>Strip of time</source>
        <translation>شريط الوقت</translation>
    </message>
    <message>
        <source>Strong</source>
        <translation>قوية</translation>
    </message>
    <message>
        <source>Switch on</source>
        <translation>تشغيل</translation>
    </message>
    <message>
        <source>TCP port for HTTP and WebSocket. 0 takes any free one.</source>
        <translation>منفذ TCP لـ HTTP و WebSocket. 0 يأخذ أي منفذ حر.</translation>
    </message>
    <message>
        <source>Take clients again</source>
        <translation>قبول العملاء ثانية</translation>
    </message>
    <message>
        <source>Take down</source>
        <translation>إنزال</translation>
    </message>
    <message>
        <source>Take the mark away</source>
        <translation>إزالة العلامة</translation>
    </message>
    <message>
        <source>Takes effect at once · default off</source>
        <translation>يسري فورًا · الافتراضي إيقاف</translation>
    </message>
    <message>
        <source>Takes effect at once.</source>
        <translation>يسري فورًا.</translation>
    </message>
    <message>
        <source>Takes effect at once. Nobody is disconnected.</source>
        <translation>يسري فورًا. لا يُقطع أحد.</translation>
    </message>
    <message>
        <source>Tell of newcomers</source>
        <translation>التنبيه إلى القادمين الجدد</translation>
    </message>
    <message>
        <source>Tell of refused logins</source>
        <translation>التنبيه إلى الدخول المرفوض</translation>
    </message>
    <message>
        <source>Tell of the first client</source>
        <translation>التنبيه إلى أول عميل</translation>
    </message>
    <message>
        <source>Templates</source>
        <translation>القوالب</translation>
    </message>
    <message>
        <source>Terms side by side must all hold: leave out “&amp;&amp;”.</source>
        <translation>يجب أن تتحقق كل الشروط المتجاورة: احذف «&amp;&amp;».</translation>
    </message>
    <message>
        <source>Terms side by side must all hold: leave out “&amp;”.</source>
        <translation>يجب أن تتحقق كل الشروط المتجاورة: احذف «&amp;».</translation>
    </message>
    <message>
        <source>Terms side by side must all hold: leave out “and”, or quote it to search for the word.</source>
        <translation>يجب أن تتحقق كل الشروط المتجاورة: احذف «and»، أو ضعها بين علامتي اقتباس للبحث عن الكلمة.</translation>
    </message>
    <message>
        <source>Test user {name}</source>
        <translation>مستخدم الاختبار {name}</translation>
    </message>
    <message>
        <source>That did not work because of a mistake in this program. The log has the details.</source>
        <translation>لم ينجح ذلك بسبب خطأ في هذا البرنامج. التفاصيل في السجل.</translation>
    </message>
    <message>
        <source>The JSON {what}.</source>
        <translation>نص JSON {what}.</translation>
    </message>
    <message>
        <source>The Live page tells more.</source>
        <translation>صفحة المباشر تقول أكثر.</translation>
    </message>
    <message>
        <source>The account &apos;{name}&apos; was changed meanwhile (by: unknown).</source>
        <translation>تغير الحساب &apos;{name}&apos; في هذه الأثناء (غيّره: غير معروف).</translation>
    </message>
    <message>
        <source>The account &apos;{name}&apos; was changed meanwhile (by: {by}).</source>
        <translation>تغير الحساب &apos;{name}&apos; في هذه الأثناء (غيّره: {by}).</translation>
    </message>
    <message>
        <source>The account &apos;{username}&apos; is disabled.</source>
        <translation>الحساب &apos;{username}&apos; معطل.</translation>
    </message>
    <message>
        <source>The account &apos;{username}&apos;.</source>
        <translation>الحساب &apos;{username}&apos;.</translation>
    </message>
    <message>
        <source>The account does not exist or was deleted.</source>
        <translation>الحساب غير موجود أو حُذف.</translation>
    </message>
    <message>
        <source>The account of this token is disabled.</source>
        <translation>حساب هذا الرمز معطل.</translation>
    </message>
    <message>
        <source>The account of this token no longer exists.</source>
        <translation>حساب هذا الرمز لم يعد موجودًا.</translation>
    </message>
    <message>
        <source>The account was deleted: make it anew, or let the client log in as somebody else.</source>
        <translation>حُذف الحساب: أنشئه من جديد، أو اجعل العميل يسجل الدخول بحساب آخر.</translation>
    </message>
    <message>
        <source>The accounts database is closed.</source>
        <translation>قاعدة بيانات الحسابات مغلقة.</translation>
    </message>
    <message>
        <source>The ban would be over already.</source>
        <translation>سيكون الحظر قد انتهى.</translation>
    </message>
    <message>
        <source>The bans cannot be saved to {file} ({strerror}).</source>
        <translation>لا يمكن حفظ الحظر في {file} ({strerror}).</translation>
    </message>
    <message>
        <source>The bans in {file} are gone.</source>
        <translation>زال الحظر المحفوظ في {file}.</translation>
    </message>
    <message>
        <source>The bans in {file} cannot be read ({strerror}).</source>
        <translation>لا يمكن قراءة الحظر في {file} ({strerror}).</translation>
    </message>
    <message>
        <source>The bans in {file} cannot be understood: the file is damaged or of a newer version of this program.</source>
        <translation>لا يمكن فهم الحظر في {file}: الملف تالف أو من إصدار أحدث من هذا البرنامج.</translation>
    </message>
    <message>
        <source>The bar above offers what can be done, such as another port.</source>
        <translation>الشريط أعلاه يعرض ما يمكن فعله، مثل منفذ آخر.</translation>
    </message>
    <message>
        <source>The certificate cannot be kept in {folder} ({strerror}).</source>
        <translation>لا يمكن حفظ الشهادة في {folder} ({strerror}).</translation>
    </message>
    <message>
        <source>The certificate does not hold {names}.</source>
        <translation>لا تشمل الشهادة {names}.</translation>
    </message>
    <message>
        <source>The certificate does not hold {names}: its authority was made for other addresses.</source>
        <translation>لا تشمل الشهادة {names}: صُنعت سلطتها لعناوين أخرى.</translation>
    </message>
    <message>
        <source>The certificate expired on {not_after}: browsers refuse it.</source>
        <translation>انتهت الشهادة في {not_after}: ترفضها المتصفحات.</translation>
    </message>
    <message>
        <source>The certificate {file} expired on {not_valid_after_utc}.</source>
        <translation>انتهت الشهادة {file} في {not_valid_after_utc}.</translation>
    </message>
    <message>
        <source>The certificate {file} is not valid before {begin}.</source>
        <translation>لا تسري الشهادة {file} قبل {begin}.</translation>
    </message>
    <message>
        <source>The chosen account</source>
        <translation>الحساب المختار</translation>
    </message>
    <message>
        <source>The chosen line</source>
        <translation>السطر المختار</translation>
    </message>
    <message>
        <source>The chosen value</source>
        <translation>القيمة المختارة</translation>
    </message>
    <message>
        <source>The client can wait as long as the error says.</source>
        <translation>يستطيع العميل الانتظار بقدر ما يقول الخطأ.</translation>
    </message>
    <message>
        <source>The client has a token of another server: let it log in here.</source>
        <translation>لدى العميل رمز من خادم آخر: اجعله يسجل الدخول هنا.</translation>
    </message>
    <message>
        <source>The client sends something else than the token that the login returned.</source>
        <translation>يرسل العميل شيئًا غير الرمز الذي أعاده تسجيل الدخول.</translation>
    </message>
    <message>
        <source>The clocks of the two computers differ: set them by the network.</source>
        <translation>تختلف ساعتا الحاسوبين: اضبطهما من الشبكة.</translation>
    </message>
    <message>
        <source>The closing quote is missing.</source>
        <translation>تنقص علامة الاقتباس الختامية.</translation>
    </message>
    <message>
        <source>The code has ended. Press it for a new one.</source>
        <translation>انتهى الرمز. اضغطه لرمز جديد.</translation>
    </message>
    <message>
        <source>The connection ended without a goodbye.</source>
        <translation>انتهى الاتصال بلا وداع.</translation>
    </message>
    <message>
        <source>The database address is not valid.</source>
        <translation>عنوان قاعدة البيانات غير صالح.</translation>
    </message>
    <message>
        <source>The disk is full: make room, then try again.</source>
        <translation>القرص ممتلئ: أفسح مكانًا، ثم حاول ثانية.</translation>
    </message>
    <message>
        <source>The driver for &apos;{drivername}&apos; is not installed ({error}).</source>
        <translation>برنامج تشغيل &apos;{drivername}&apos; غير مثبت ({error}).</translation>
    </message>
    <message>
        <source>The expiry must be in the future.</source>
        <translation>يجب أن يكون الانتهاء في المستقبل.</translation>
    </message>
    <message>
        <source>The export was called off; no file was written.</source>
        <translation>أُلغي التصدير؛ لم يُكتب ملف.</translation>
    </message>
    <message>
        <source>The file {file} cannot be read ({error}).</source>
        <translation>لا يمكن قراءة الملف {file} ({error}).</translation>
    </message>
    <message>
        <source>The file {file} cannot be read ({strerror}).</source>
        <translation>لا يمكن قراءة الملف {file} ({strerror}).</translation>
    </message>
    <message>
        <source>The file {file} cannot be used ({error}).</source>
        <translation>لا يمكن استخدام الملف {file} ({error}).</translation>
    </message>
    <message>
        <source>The file {file} cannot be used ({strerror}).</source>
        <translation>لا يمكن استخدام الملف {file} ({strerror}).</translation>
    </message>
    <message>
        <source>The file {file} cannot grow: the disk is full.</source>
        <translation>لا يمكن أن ينمو الملف {file}: القرص ممتلئ.</translation>
    </message>
    <message>
        <source>The file {file} is damaged or is no history.</source>
        <translation>الملف {file} تالف أو ليس تاريخًا.</translation>
    </message>
    <message>
        <source>The file {file} is locked by another program.</source>
        <translation>الملف {file} مقفل من برنامج آخر.</translation>
    </message>
    <message>
        <source>The file {file} is not a certificate in PEM format.</source>
        <translation>الملف {file} ليس شهادة بصيغة PEM.</translation>
    </message>
    <message>
        <source>The file {file} is not a key in PEM format.</source>
        <translation>الملف {file} ليس مفتاحًا بصيغة PEM.</translation>
    </message>
    <message>
        <source>The file {file} is read-only.</source>
        <translation>الملف {file} للقراءة فقط.</translation>
    </message>
    <message>
        <source>The file {file} was deleted or moved away.</source>
        <translation>حُذف الملف {file} أو نُقل.</translation>
    </message>
    <message>
        <source>The file {file} was replaced by another program.</source>
        <translation>استبدل برنامج آخر الملف {file}.</translation>
    </message>
    <message>
        <source>The file {file} was written by a newer version of this program.</source>
        <translation>كُتب الملف {file} بإصدار أحدث من هذا البرنامج.</translation>
    </message>
    <message>
        <source>The file {key_file} is not a key in PEM format.</source>
        <translation>الملف {key_file} ليس مفتاحًا بصيغة PEM.</translation>
    </message>
    <message>
        <source>The firewall ufw blocks port {port}: no rule allows it.</source>
        <translation>الجدار الناري ufw يحجب المنفذ {port}: لا قاعدة تسمح به.</translation>
    </message>
    <message>
        <source>The firewall ufw is on; only root may read its rules.</source>
        <translation>الجدار الناري ufw يعمل؛ ولا يقرأ قواعده إلا root.</translation>
    </message>
    <message>
        <source>The firewall ufw lets everything through.</source>
        <translation>الجدار الناري ufw يمرر كل شيء.</translation>
    </message>
    <message>
        <source>The firewall ufw lets port {port} through.</source>
        <translation>الجدار الناري ufw يمرر المنفذ {port}.</translation>
    </message>
    <message>
        <source>The hash has the cost {value}; it may be from {min_foreign_cost} to {max_foreign_cost}.</source>
        <translation>كلفة التجزئة {value}؛ ويجوز أن تكون من {min_foreign_cost} إلى {max_foreign_cost}.</translation>
    </message>
    <message>
        <source>The hash is not bcrypt&apos;s ($2a$, $2b$ or $2y$).</source>
        <translation>التجزئة ليست من bcrypt ‏($2a$ أو $2b$ أو $2y$).</translation>
    </message>
    <message>
        <source>The header Allow of the answer has the methods.</source>
        <translation>ترويسة Allow في الرد فيها الطرق المسموحة.</translation>
    </message>
    <message>
        <source>The header has no algorithm, or the claims are no object.</source>
        <translation>لا خوارزمية في الترويسة، أو البيانات (claims) ليست كائنًا.</translation>
    </message>
    <message>
        <source>The history is off. Give it a size in the settings, group Traffic: History file.</source>
        <translation>التاريخ متوقف. أعطه حجمًا في الإعدادات، مجموعة الحركة: ملف التاريخ.</translation>
    </message>
    <message>
        <source>The history stopped; the server goes on. {reason}</source>
        <translation>توقف التاريخ؛ الخادم مستمر. {reason}</translation>
    </message>
    <message>
        <source>The host can allow this origin.</source>
        <translation>يستطيع المضيف السماح بهذا المصدر.</translation>
    </message>
    <message>
        <source>The host comes from {host}, the port from {port}.</source>
        <translation>المضيف من {host}، والمنفذ من {port}.</translation>
    </message>
    <message>
        <source>The host has banned this account.</source>
        <translation>حظر المضيف هذا الحساب.</translation>
    </message>
    <message>
        <source>The kept messages are closed.</source>
        <translation>الرسائل المحفوظة مغلقة.</translation>
    </message>
    <message>
        <source>The kept messages cannot be used because of a mistake in the program.</source>
        <translation>لا يمكن استخدام الرسائل المحفوظة بسبب خطأ في البرنامج.</translation>
    </message>
    <message>
        <source>The key {key_file} does not belong to {certificate_file}.</source>
        <translation>المفتاح {key_file} لا يخص {certificate_file}.</translation>
    </message>
    <message>
        <source>The key {key_file} has a password.</source>
        <translation>للمفتاح {key_file} كلمة مرور.</translation>
    </message>
    <message>
        <source>The keys of your backend&apos;s tokens cannot be had: {what}.</source>
        <translation>لا يمكن الحصول على مفاتيح رموز خادمك الخلفي: {what}.</translation>
    </message>
    <message>
        <source>The keys on the way to a value, as in the filter; a number is a place in a list.</source>
        <translation>المفاتيح المؤدية إلى قيمة، كما في المرشّح؛ والرقم موضع في قائمة.</translation>
    </message>
    <message>
        <source>The life of a token must be from 1 to {max_token_life_s} s.</source>
        <translation>يجب أن يكون عمر الرمز من 1 إلى {max_token_life_s} ث.</translation>
    </message>
    <message>
        <source>The list begins like JSON and is none.</source>
        <translation>تبدأ القائمة مثل JSON وليست كذلك.</translation>
    </message>
    <message>
        <source>The list has more than {max_lines} names.</source>
        <translation>في القائمة أكثر من {max_lines} اسم.</translation>
    </message>
    <message>
        <source>The list has no names.</source>
        <translation>لا أسماء في القائمة.</translation>
    </message>
    <message>
        <source>The list is JSON, but no list of objects with a name each.</source>
        <translation>القائمة JSON، لكنها ليست قائمة كائنات لكل منها اسم.</translation>
    </message>
    <message>
        <source>The list is not text in UTF-8.</source>
        <translation>القائمة ليست نصًا بترميز UTF-8.</translation>
    </message>
    <message>
        <source>The list is over 64 MiB.</source>
        <translation>القائمة أكبر من 64 MiB.</translation>
    </message>
    <message>
        <source>The macOS firewall blocks all incoming connections.</source>
        <translation>جدار macOS الناري يحجب كل الاتصالات الواردة.</translation>
    </message>
    <message>
        <source>The macOS firewall blocks this program.</source>
        <translation>جدار macOS الناري يحجب هذا البرنامج.</translation>
    </message>
    <message>
        <source>The macOS firewall could not be read.</source>
        <translation>تعذرت قراءة جدار macOS الناري.</translation>
    </message>
    <message>
        <source>The macOS firewall is off: it lets everything in.</source>
        <translation>جدار macOS الناري متوقف: يُدخل كل شيء.</translation>
    </message>
    <message>
        <source>The macOS firewall is on and asks for new programs: choose Allow, or {macos_clicks}.</source>
        <translation>جدار macOS الناري يعمل ويسأل عن البرامج الجديدة: اختر «السماح»، أو {macos_clicks}.</translation>
    </message>
    <message>
        <source>The macOS firewall lets this program in.</source>
        <translation>جدار macOS الناري يسمح لهذا البرنامج.</translation>
    </message>
    <message>
        <source>The message could not be kept, so nobody got it.</source>
        <translation>تعذر حفظ الرسالة، فلم يستلمها أحد.</translation>
    </message>
    <message>
        <source>The messages cannot be read just now.</source>
        <translation>لا يمكن قراءة الرسائل الآن.</translation>
    </message>
    <message>
        <source>The messages kept for people who were away; not the traffic and its history</source>
        <translation>الرسائل المحفوظة للغائبين؛ لا الحركة وتاريخها</translation>
    </message>
    <message>
        <source>The name stands in line {first} already.</source>
        <translation>الاسم موجود في السطر {first}.</translation>
    </message>
    <message>
        <source>The nearest counts: of a connection, else of its user, else of everyone.</source>
        <translation>الأقرب يسري: على اتصال، وإلا على مستخدمه، وإلا على الجميع.</translation>
    </message>
    <message>
        <source>The new name is the one to log in with.</source>
        <translation>الاسم الجديد هو ما يُسجَّل به الدخول.</translation>
    </message>
    <message>
        <source>The new password</source>
        <translation>كلمة المرور الجديدة</translation>
    </message>
    <message>
        <source>The new passwords appear here.</source>
        <translation>كلمات المرور الجديدة تظهر هنا.</translation>
    </message>
    <message>
        <source>The new secret</source>
        <translation>السر الجديد</translation>
    </message>
    <message>
        <source>The newest are stored, so that who was away gets what it missed; 0: none.</source>
        <translation>يُخزن الأحدث ليحصل الغائب على ما فاته؛ 0: لا شيء.</translation>
    </message>
    <message>
        <source>The newest rows are kept, older ones are dropped.</source>
        <translation>تُحفظ أحدث الصفوف وتُسقط الأقدم.</translation>
    </message>
    <message>
        <source>The newest {count} messages are kept for {days} days, who comes late sees all of them, and guests come in by name alone.</source>
        <translation>تُحفظ أحدث {count} رسالة مدة {days} أيام، ومن يأتي متأخرًا يراها كلها، ويدخل الضيوف بالاسم وحده.</translation>
    </message>
    <message>
        <source>The number of uses must be from 1 to {max_invite_uses}.</source>
        <translation>يجب أن يكون عدد مرات الاستخدام من 1 إلى {max_invite_uses}.</translation>
    </message>
    <message>
        <source>The one that Copy, links and the QR code give out, if it is there. Empty: the likeliest.</source>
        <translation>ما يعطيه النسخ والروابط ورمز QR، إن كان موجودًا. فارغ: الأرجح.</translation>
    </message>
    <message>
        <source>The other node is away: the bar above says since when.</source>
        <translation>العقدة الأخرى غائبة: الشريط أعلاه يقول منذ متى.</translation>
    </message>
    <message>
        <source>The password</source>
        <translation>كلمة المرور</translation>
    </message>
    <message>
        <source>The password for {name} is wrong.</source>
        <translation>كلمة مرور {name} خطأ.</translation>
    </message>
    <message>
        <source>The password is one of the most common ones.</source>
        <translation>كلمة المرور من الأكثر شيوعًا.</translation>
    </message>
    <message>
        <source>The password is the name.</source>
        <translation>كلمة المرور هي الاسم.</translation>
    </message>
    <message>
        <source>The password repeats a few characters.</source>
        <translation>كلمة المرور تكرر بضعة حروف.</translation>
    </message>
    <message>
        <source>The payload was cut at {size}; this is its beginning.</source>
        <translation>قُطعت الحمولة عند {size}؛ هذه بدايتها.</translation>
    </message>
    <message>
        <source>The program breaks the rules of WebSocket: let a library speak it.</source>
        <translation>البرنامج يخالف قواعد WebSocket: دع مكتبة تتولى ذلك.</translation>
    </message>
    <message>
        <source>The program logs in, and sends the token in the header Authorization.</source>
        <translation>يسجل البرنامج الدخول، ويرسل الرمز في ترويسة Authorization.</translation>
    </message>
    <message>
        <source>The program says Content-Type: application/json.</source>
        <translation>يذكر البرنامج Content-Type: application/json.</translation>
    </message>
    <message>
        <source>The program sends another body: the answer names the field.</source>
        <translation>يرسل البرنامج متنًا آخر: الرد يسمي الحقل.</translation>
    </message>
    <message>
        <source>The program sends before it has the “authentication” frame: wait for it, then send.</source>
        <translation>يرسل البرنامج قبل أن يصله إطار «authentication»: انتظره ثم أرسل.</translation>
    </message>
    <message>
        <source>The program sends text that is no UTF-8: let a library encode it.</source>
        <translation>يرسل البرنامج نصًا ليس UTF-8: دع مكتبة ترمّزه.</translation>
    </message>
    <message>
        <source>The program tries again after Retry-After; the log says what is away.</source>
        <translation>يحاول البرنامج ثانية بعد Retry-After؛ والسجل يقول ما الغائب.</translation>
    </message>
    <message>
        <source>The recipient has to log in and fetch what waits.</source>
        <translation>على المستلم تسجيل الدخول واستلام ما ينتظره.</translation>
    </message>
    <message>
        <source>The recipient is connected to another server, which cannot be reached now.</source>
        <translation>المستلم متصل بخادم آخر لا يمكن الوصول إليه الآن.</translation>
    </message>
    <message>
        <source>The regular expression is wrong ({reason}).</source>
        <translation>التعبير النمطي خاطئ ({reason}).</translation>
    </message>
    <message>
        <source>The regular expression is wrong: {reason}.</source>
        <translation>التعبير النمطي خاطئ: {reason}.</translation>
    </message>
    <message>
        <source>The request is deleted with its password. The name is free again.</source>
        <translation>يُحذف الطلب مع كلمة مروره. الاسم حر من جديد.</translation>
    </message>
    <message>
        <source>The role &apos;{value}&apos; is unknown.</source>
        <translation>الدور &apos;{value}&apos; غير معروف.</translation>
    </message>
    <message>
        <source>The role must be &apos;host&apos; or &apos;member&apos;.</source>
        <translation>يجب أن يكون الدور &apos;host&apos; أو &apos;member&apos;.</translation>
    </message>
    <message>
        <source>The run before</source>
        <translation>التشغيل السابق</translation>
    </message>
    <message>
        <source>The search looks at name, role and status.</source>
        <translation>ينظر البحث في الاسم والدور والوضع.</translation>
    </message>
    <message>
        <source>The secret contains half a character (a lone surrogate).</source>
        <translation>في السر نصف حرف (بديل منفرد).</translation>
    </message>
    <message>
        <source>The secret is a key pair.</source>
        <translation>السر زوج مفاتيح.</translation>
    </message>
    <message>
        <source>The secret is set by JWT_SECRET.</source>
        <translation>السر يحدده JWT_SECRET.</translation>
    </message>
    <message>
        <source>The secret must have at least {min_secret_bytes} bytes.</source>
        <translation>يجب ألا يقل السر عن {min_secret_bytes} بايت.</translation>
    </message>
    <message>
        <source>The secret must have at most {value} bytes.</source>
        <translation>يجب ألا يزيد السر على {value} بايت.</translation>
    </message>
    <message>
        <source>The secret repeats a few characters.</source>
        <translation>السر يكرر بضعة حروف.</translation>
    </message>
    <message>
        <source>The secret&apos;s file {file} is damaged.</source>
        <translation>ملف السر {file} تالف.</translation>
    </message>
    <message>
        <source>The secret&apos;s file {file} is gone.</source>
        <translation>زال ملف السر {file}.</translation>
    </message>
    <message>
        <source>The secret&apos;s file {file} was written by a newer version of this program.</source>
        <translation>كُتب ملف السر {file} بإصدار أحدث من هذا البرنامج.</translation>
    </message>
    <message>
        <source>The server has no room for more connections.</source>
        <translation>لا مكان في الخادم لاتصالات أخرى.</translation>
    </message>
    <message>
        <source>The server is busy with other logins.</source>
        <translation>الخادم مشغول بتسجيلات دخول أخرى.</translation>
    </message>
    <message>
        <source>The server is not running</source>
        <translation>الخادم لا يعمل</translation>
    </message>
    <message>
        <source>The server is not running.</source>
        <translation>الخادم لا يعمل.</translation>
    </message>
    <message>
        <source>The server is not running. Press Start.</source>
        <translation>الخادم لا يعمل. اضغط بدء.</translation>
    </message>
    <message>
        <source>The server is stopped. Start it before you run a snippet.</source>
        <translation>الخادم متوقف. ابدأه قبل تشغيل مقتطف.</translation>
    </message>
    <message>
        <source>The server listens anew, which disconnects {clients}. They can connect again at once.</source>
        <translation>يستمع الخادم من جديد، فيُقطع {clients}. يمكنهم الاتصال ثانية فورًا.</translation>
    </message>
    <message>
        <source>The session is live.</source>
        <translation>الجلسة قائمة.</translation>
    </message>
    <message>
        <source>The session was ended: revoked or logged out.</source>
        <translation>انتهت الجلسة: أُبطلت أو سُجل خروجها.</translation>
    </message>
    <message>
        <source>The settings cannot be saved to {file} ({strerror}).</source>
        <translation>لا يمكن حفظ الإعدادات في {file} ({strerror}).</translation>
    </message>
    <message>
        <source>The settings cannot be saved.</source>
        <translation>لا يمكن حفظ الإعدادات.</translation>
    </message>
    <message>
        <source>The settings file {file} cannot be read ({error}).</source>
        <translation>لا يمكن قراءة ملف الإعدادات {file} ({error}).</translation>
    </message>
    <message>
        <source>The settings file {file} cannot be read ({strerror}).</source>
        <translation>لا يمكن قراءة ملف الإعدادات {file} ({strerror}).</translation>
    </message>
    <message>
        <source>The settings file {file} has an unknown key &apos;{group}&apos;.</source>
        <translation>في ملف الإعدادات {file} مفتاح غير معروف &apos;{group}&apos;.</translation>
    </message>
    <message>
        <source>The settings file {file} has an unknown key &apos;{group}.{name}&apos;.</source>
        <translation>في ملف الإعدادات {file} مفتاح غير معروف &apos;{group}.{name}&apos;.</translation>
    </message>
    <message>
        <source>The settings file {file} is gone.</source>
        <translation>زال ملف الإعدادات {file}.</translation>
    </message>
    <message>
        <source>The settings file {file} is not valid TOML ({error}).</source>
        <translation>ملف الإعدادات {file} ليس TOML صالحًا ({error}).</translation>
    </message>
    <message>
        <source>The settings file {file} was changed by another program.</source>
        <translation>غيّر برنامج آخر ملف الإعدادات {file}.</translation>
    </message>
    <message>
        <source>The settings file {file} was written by a newer version of this program (format {version}, known is {settings_version}).</source>
        <translation>كُتب ملف الإعدادات {file} بإصدار أحدث من هذا البرنامج (الصيغة {version}، والمعروف {settings_version}).</translation>
    </message>
    <message>
        <source>The settings stay as they are until this program ends.</source>
        <translation>تبقى الإعدادات كما هي حتى إنهاء هذا البرنامج.</translation>
    </message>
    <message>
        <source>The system lets this program open {open_files} files, which is enough for {allowed} of {wanted} connections.</source>
        <translation>يسمح النظام لهذا البرنامج بفتح {open_files} ملف، وهذا يكفي {allowed} من {wanted} اتصال.</translation>
    </message>
    <message>
        <source>The tabs below have what was asked and answered; docs/protocol.md lists every code.</source>
        <translation>في الألسنة أدناه ما سُئل وما أُجيب؛ وفي docs/protocol.md كل الرموز.</translation>
    </message>
    <message>
        <source>The test cannot be written ({why}).</source>
        <translation>لا يمكن كتابة الاختبار ({why}).</translation>
    </message>
    <message>
        <source>The time is no number.</source>
        <translation>الوقت ليس عددًا.</translation>
    </message>
    <message>
        <source>The time of expiry is missing or no number.</source>
        <translation>وقت الانتهاء ناقص أو ليس عددًا.</translation>
    </message>
    <message>
        <source>The token has expired.</source>
        <translation>انتهى الرمز.</translation>
    </message>
    <message>
        <source>The token is meant for another service.</source>
        <translation>الرمز موجه إلى خدمة أخرى.</translation>
    </message>
    <message>
        <source>The token is not a valid JSON Web Token.</source>
        <translation>الرمز ليس JSON Web Token صالحًا.</translation>
    </message>
    <message>
        <source>The token is not valid yet.</source>
        <translation>الرمز لم يسرِ بعد.</translation>
    </message>
    <message>
        <source>The token names no user.</source>
        <translation>الرمز لا يسمي مستخدمًا.</translation>
    </message>
    <message>
        <source>The token or password in this frame was not kept</source>
        <translation>لم يُحتفظ بالرمز أو كلمة المرور في هذا الإطار</translation>
    </message>
    <message>
        <source>The token was issued by another server.</source>
        <translation>أصدر الرمز خادم آخر.</translation>
    </message>
    <message>
        <source>The token was not signed by this server.</source>
        <translation>لم يوقع هذا الخادم الرمز.</translation>
    </message>
    <message>
        <source>The token was revoked.</source>
        <translation>أُبطل الرمز.</translation>
    </message>
    <message>
        <source>The token&apos;s id is no text.</source>
        <translation>معرّف الرمز ليس نصًا.</translation>
    </message>
    <message>
        <source>The traffic cannot be written to {file} ({strerror}).</source>
        <translation>لا يمكن كتابة الحركة في {file} ({strerror}).</translation>
    </message>
    <message>
        <source>The user id is missing or no text.</source>
        <translation>معرّف المستخدم ناقص أو ليس نصًا.</translation>
    </message>
    <message>
        <source>The username &apos;{name}&apos; is reserved for the server.</source>
        <translation>اسم المستخدم &apos;{name}&apos; محجوز للخادم.</translation>
    </message>
    <message>
        <source>The username &apos;{username}&apos; is taken.</source>
        <translation>اسم المستخدم &apos;{username}&apos; مأخوذ.</translation>
    </message>
    <message>
        <source>The username has a blank at its start or end, or two beside each other.</source>
        <translation>في اسم المستخدم مسافة في أوله أو آخره، أو مسافتان متجاورتان.</translation>
    </message>
    <message>
        <source>The username has a combining mark that does not belong to a letter, or more than {max_marks_per_letter} on one letter.</source>
        <translation>في اسم المستخدم علامة تشكيل لا تخص حرفًا، أو أكثر من {max_marks_per_letter} على حرف واحد.</translation>
    </message>
    <message>
        <source>The username has the invisible joiner U+{value} where it joins nothing.</source>
        <translation>في اسم المستخدم الواصل الخفي U+{value} حيث لا يصل شيئًا.</translation>
    </message>
    <message>
        <source>The username mixes digits of different scripts.</source>
        <translation>اسم المستخدم يخلط أرقامًا من كتابات مختلفة.</translation>
    </message>
    <message>
        <source>The username mixes letters of {listed}, which can look alike.</source>
        <translation>اسم المستخدم يخلط حروفًا من {listed}، وقد تتشابه.</translation>
    </message>
    <message>
        <source>The username must consist of letters, digits, single blanks and . _ - @ + &apos; but has {character}.</source>
        <translation>يجب أن يتكون اسم المستخدم من حروف وأرقام ومسافات مفردة و . _ - @ + &apos; لكن فيه {character}.</translation>
    </message>
    <message>
        <source>The username must have {username_min_letters} to {username_max_chars} characters.</source>
        <translation>يجب أن يكون اسم المستخدم من {username_min_letters} إلى {username_max_chars} حرفًا.</translation>
    </message>
    <message>
        <source>The version in the settings file {file} is no number.</source>
        <translation>الإصدار في ملف الإعدادات {file} ليس عددًا.</translation>
    </message>
    <message>
        <source>The window is built anew when it changes. The web client has its own, under Room.</source>
        <translation>تُبنى النافذة من جديد حين تتغير. لعميل الويب لغته، تحت الغرفة.</translation>
    </message>
    <message>
        <source>The window needs a screen.</source>
        <translation>النافذة تحتاج إلى شاشة.</translation>
    </message>
    <message>
        <source>The window speaks the other language from the next start on: something is still open.</source>
        <translation>تتكلم النافذة اللغة الأخرى من التشغيل التالي: ما زال شيء مفتوحًا.</translation>
    </message>
    <message>
        <source>Their process was ended from outside.</source>
        <translation>أُنهيت عمليتهم من الخارج.</translation>
    </message>
    <message>
        <source>Then connected</source>
        <translation>المتصلون حينها</translation>
    </message>
    <message>
        <source>There are no two runs to compare: rows of at least two starts are needed.</source>
        <translation>لا تشغيلين للمقارنة: يلزم صفوف من بدأين على الأقل.</translation>
    </message>
    <message>
        <source>There are too many connections from your address.</source>
        <translation>الاتصالات من عنوانك كثيرة جدًا.</translation>
    </message>
    <message>
        <source>There are too many guests already.</source>
        <translation>الضيوف كثيرون جدًا.</translation>
    </message>
    <message>
        <source>There are {max_invites} invitations already.</source>
        <translation>بلغت الدعوات {max_invites}.</translation>
    </message>
    <message>
        <source>There is no account of this name.</source>
        <translation>لا حساب بهذا الاسم.</translation>
    </message>
    <message>
        <source>There is no account “{name}”.</source>
        <translation>لا حساب «{name}».</translation>
    </message>
    <message>
        <source>There is no field “{name}:”.</source>
        <translation>لا حقل «{name}:».</translation>
    </message>
    <message>
        <source>There is no home folder to keep files in: HOME is not set, and the system knows none for this user.</source>
        <translation>لا مجلد رئيسي لحفظ الملفات: HOME غير معيّن، ولا يعرف النظام مجلدًا لهذا المستخدم.</translation>
    </message>
    <message>
        <source>There is no screen: neither DISPLAY nor WAYLAND_DISPLAY is set.</source>
        <translation>لا شاشة: لم يُعيّن DISPLAY ولا WAYLAND_DISPLAY.</translation>
    </message>
    <message>
        <source>There is no screen: nothing answers at {where}.</source>
        <translation>لا شاشة: لا شيء يجيب على {where}.</translation>
    </message>
    <message>
        <source>There is no user or connection “{name}”.</source>
        <translation>لا يوجد مستخدم أو اتصال «{name}».</translation>
    </message>
    <message>
        <source>There is nothing left to do here.</source>
        <translation>لم يبق شيء يُفعل هنا.</translation>
    </message>
    <message>
        <source>These changes disconnect {clients}. They can connect again at the new address.</source>
        <translation>هذه التغييرات تقطع {clients}. يمكنهم الاتصال ثانية على العنوان الجديد.</translation>
    </message>
    <message>
        <source>These rows made room for newer ones.</source>
        <translation>أفسحت هذه الصفوف مكانًا لأحدث منها.</translation>
    </message>
    <message>
        <source>They can connect again after a pause. Ban or disable the account to keep them out.</source>
        <translation>يمكنهم الاتصال ثانية بعد توقف. احظر الحساب أو عطّله لإبعادهم.</translation>
    </message>
    <message>
        <source>They can connect again at once; a ban keeps people out.</source>
        <translation>يمكنهم الاتصال ثانية فورًا؛ والحظر يمنعهم من الدخول.</translation>
    </message>
    <message>
        <source>They can log in again with their password.</source>
        <translation>يمكنهم الدخول ثانية بكلمة مرورهم.</translation>
    </message>
    <message>
        <source>They choose another name, or log in with this one.</source>
        <translation>عليه اختيار اسم آخر، أو تسجيل الدخول بهذا.</translation>
    </message>
    <message>
        <source>They may try again now.</source>
        <translation>تجوز المحاولة ثانية الآن.</translation>
    </message>
    <message>
        <source>They stay in force until this program ends.</source>
        <translation>تبقى سارية حتى إنهاء هذا البرنامج.</translation>
    </message>
    <message>
        <source>This account does not exist; it may have been deleted meanwhile.</source>
        <translation>هذا الحساب غير موجود؛ ربما حُذف في هذه الأثناء.</translation>
    </message>
    <message>
        <source>This account is disabled.</source>
        <translation>هذا الحساب معطل.</translation>
    </message>
    <message>
        <source>This account is gone by now.</source>
        <translation>لم يعد هذا الحساب موجودًا.</translation>
    </message>
    <message>
        <source>This account no longer exists.</source>
        <translation>هذا الحساب لم يعد موجودًا.</translation>
    </message>
    <message>
        <source>This account waits for the host&apos;s approval.</source>
        <translation>هذا الحساب ينتظر موافقة المضيف.</translation>
    </message>
    <message>
        <source>This account was deleted meanwhile.</source>
        <translation>حُذف هذا الحساب في هذه الأثناء.</translation>
    </message>
    <message>
        <source>This address works on this computer only.</source>
        <translation>هذا العنوان يعمل على هذا الحاسوب فقط.</translation>
    </message>
    <message>
        <source>This cannot be undone. Afterwards anybody may take the name.</source>
        <translation>لا يمكن التراجع عن هذا. بعده يستطيع أي أحد أخذ الاسم.</translation>
    </message>
    <message>
        <source>This character cannot be sent as UTF-8.</source>
        <translation>لا يمكن إرسال هذا الحرف بترميز UTF-8.</translation>
    </message>
    <message>
        <source>This client sends more than {rate} messages a second; the frame was dropped.</source>
        <translation>يرسل هذا العميل أكثر من {rate} رسالة في الثانية؛ أُسقط الإطار.</translation>
    </message>
    <message>
        <source>This computer</source>
        <translation>هذا الحاسوب</translation>
    </message>
    <message>
        <source>This computer  ·  only programs on it</source>
        <translation>هذا الحاسوب  ·  البرامج عليه فقط</translation>
    </message>
    <message>
        <source>This computer itself cannot be banned</source>
        <translation>لا يمكن حظر هذا الحاسوب نفسه</translation>
    </message>
    <message>
        <source>This connection is gone or not logged in, so nothing was sent.</source>
        <translation>هذا الاتصال زال أو لم يسجل الدخول، فلم يُرسل شيء.</translation>
    </message>
    <message>
        <source>This connection is gone, so nothing was sent in its name.</source>
        <translation>هذا الاتصال زال، فلم يُرسل شيء باسمه.</translation>
    </message>
    <message>
        <source>This disconnects {clients} over {seconds} s; they come back to the other nodes. {node} gets no newcomers from the balancer until you let it.</source>
        <translation>هذا يقطع {clients} خلال {seconds} ث؛ ويعودون إلى العقد الأخرى. لا يرسل الموزّع قادمين جددًا إلى {node} حتى تسمح بذلك.</translation>
    </message>
    <message>
        <source>This disconnects {clients}. They can connect again when it runs.</source>
        <translation>هذا يقطع {clients}. يمكنهم الاتصال ثانية حين يعمل.</translation>
    </message>
    <message>
        <source>This invitation {why}.</source>
        <translation>هذه الدعوة {why}.</translation>
    </message>
    <message>
        <source>This is a mistake of the server: the log has more.</source>
        <translation>هذا خطأ في الخادم: في السجل المزيد.</translation>
    </message>
    <message>
        <source>This is nested too deeply to be sent.</source>
        <translation>تداخل هذا أعمق من أن يُرسل.</translation>
    </message>
    <message>
        <source>This is {file}: {rows}, read-only.</source>
        <translation>هذا {file}: {rows}، للقراءة فقط.</translation>
    </message>
    <message>
        <source>This message was not sent.</source>
        <translation>لم تُرسل هذه الرسالة.</translation>
    </message>
    <message>
        <source>This row belongs to no connection</source>
        <translation>هذا الصف لا ينتمي إلى أي اتصال</translation>
    </message>
    <message>
        <source>This row is of a file</source>
        <translation>هذا الصف من ملف</translation>
    </message>
    <message>
        <source>This run</source>
        <translation>هذا التشغيل</translation>
    </message>
    <message>
        <source>This server accepts it; it expires {when}.</source>
        <translation>هذا الخادم يقبله؛ ينتهي {when}.</translation>
    </message>
    <message>
        <source>This server does not know the token.</source>
        <translation>لا يعرف هذا الخادم الرمز.</translation>
    </message>
    <message>
        <source>This server is alone, and needs nothing else. Several that are one: see docs/cluster.md and the cluster&apos;s address on the Settings page.</source>
        <translation>هذا الخادم وحده، ولا يحتاج إلى شيء آخر. لعدة خوادم تعمل كواحد: انظر docs/cluster.md وعنوان العنقود في صفحة الإعدادات.</translation>
    </message>
    <message>
        <source>This server is not known as &apos;{host}&apos;.</source>
        <translation>هذا الخادم غير معروف باسم &apos;{host}&apos;.</translation>
    </message>
    <message>
        <source>This server knows no session by this id.</source>
        <translation>لا يعرف هذا الخادم جلسة بهذا المعرّف.</translation>
    </message>
    <message>
        <source>This server refuses it ({reason}). {words}</source>
        <translation>هذا الخادم يرفضه ({reason}). {words}</translation>
    </message>
    <message>
        <source>This system does not let it: {reason}.</source>
        <translation>هذا النظام لا يسمح به: {reason}.</translation>
    </message>
    <message>
        <source>This system does not let you use port {port}.</source>
        <translation>لا يسمح لك هذا النظام باستخدام المنفذ {port}.</translation>
    </message>
    <message>
        <source>Those known before stay in force.</source>
        <translation>المعروفة من قبل تبقى سارية.</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>الوقت</translation>
    </message>
    <message>
        <source>Time order</source>
        <translation>حسب الوقت</translation>
    </message>
    <message>
        <source>Title</source>
        <translation>العنوان الرئيسي</translation>
    </message>
    <message>
        <source>To</source>
        <translation>إلى</translation>
    </message>
    <message>
        <source>To allow it: {value}={whole} (Settings, {group}, {label}).</source>
        <translation>للسماح به: {value}={whole} (الإعدادات، {group}، {label}).</translation>
    </message>
    <message>
        <source>To everyone: everybody, or only you and accounts with the role host. Direct messages go on.</source>
        <translation>للجميع: كل أحد، أو أنت وأصحاب دور المضيف فقط. الرسائل المباشرة تستمر.</translation>
    </message>
    <message>
        <source>To keep the settings shown here, move the file away.</source>
        <translation>للاحتفاظ بالإعدادات الظاهرة هنا انقل الملف جانبًا.</translation>
    </message>
    <message>
        <source>To search for a path, quote it.</source>
        <translation>للبحث عن مسار ضعه بين علامتي اقتباس.</translation>
    </message>
    <message>
        <source>To search for the text, quote it.</source>
        <translation>للبحث عن النص ضعه بين علامتي اقتباس.</translation>
    </message>
    <message>
        <source>To stop it: Activity Monitor, process {pid}, Quit.</source>
        <translation>لإيقافه: مراقب النشاط، العملية {pid}، إنهاء.</translation>
    </message>
    <message>
        <source>To stop it: Task Manager, Details, process {pid}, End task.</source>
        <translation>لإيقافه: إدارة المهام، التفاصيل، العملية {pid}، إنهاء المهمة.</translation>
    </message>
    <message>
        <source>To whom</source>
        <translation>إلى من</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>اليوم</translation>
    </message>
    <message>
        <source>Token</source>
        <translation>الرمز</translation>
    </message>
    <message>
        <source>Token and snippets…</source>
        <translation>الرمز والمقتطفات…</translation>
    </message>
    <message>
        <source>Token expired ({code}).</source>
        <translation>انتهى الرمز ({code}).</translation>
    </message>
    <message>
        <source>Token for {name}</source>
        <translation>رمز لـ {name}</translation>
    </message>
    <message>
        <source>Token inspector</source>
        <translation>فاحص الرموز</translation>
    </message>
    <message>
        <source>Token life</source>
        <translation>عمر الرموز</translation>
    </message>
    <message>
        <source>Tokens end at once, and logging in is refused until you enable them again.</source>
        <translation>تنتهي الرموز فورًا، ويُرفض الدخول حتى تمكّنهم ثانية.</translation>
    </message>
    <message>
        <source>Tokens go on working until this program ends; at the next start a new secret is made and everyone logs in again.</source>
        <translation>تستمر الرموز في العمل حتى إنهاء هذا البرنامج؛ وفي البدء التالي يُصنع سر جديد ويسجل الجميع الدخول من جديد.</translation>
    </message>
    <message>
        <source>Tokens of your backend</source>
        <translation>رموز خادمك الخلفي</translation>
    </message>
    <message>
        <source>Tomorrow</source>
        <translation>غدًا</translation>
    </message>
    <message>
        <source>Too many attempts.</source>
        <translation>محاولات كثيرة جدًا.</translation>
    </message>
    <message>
        <source>Too many messages are being read just now.</source>
        <translation>تُقرأ الآن رسائل كثيرة جدًا.</translation>
    </message>
    <message>
        <source>Too many messages wait for this user already.</source>
        <translation>تنتظر هذا المستخدم رسائل كثيرة جدًا.</translation>
    </message>
    <message>
        <source>Too many people wait for approval.</source>
        <translation>ينتظر الموافقة أشخاص كثيرون جدًا.</translation>
    </message>
    <message>
        <source>Traffic</source>
        <translation>الحركة</translation>
    </message>
    <message>
        <source>Trusted proxies</source>
        <translation>الوكلاء الموثوقون</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>محاولة ثانية</translation>
    </message>
    <message>
        <source>Try again in {retry_after_s} s.</source>
        <translation>حاول ثانية بعد {retry_after_s} ث.</translation>
    </message>
    <message>
        <source>Try again later.</source>
        <translation>حاول ثانية لاحقًا.</translation>
    </message>
    <message>
        <source>Try again.</source>
        <translation>حاول ثانية.</translation>
    </message>
    <message>
        <source>Try it from another device</source>
        <translation>جرّبه من جهاز آخر</translation>
    </message>
    <message>
        <source>Two runs compared</source>
        <translation>مقارنة تشغيلين</translation>
    </message>
    <message>
        <source>Type</source>
        <translation>النوع</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>تراجع</translation>
    </message>
    <message>
        <source>Until</source>
        <translation>حتى</translation>
    </message>
    <message>
        <source>Until I lift it</source>
        <translation>حتى أرفعه</translation>
    </message>
    <message>
        <source>Until a time…</source>
        <translation>حتى وقت…</translation>
    </message>
    <message>
        <source>Up</source>
        <translation>يعمل منذ</translation>
    </message>
    <message>
        <source>Use a random one.</source>
        <translation>استخدم واحدًا عشوائيًا.</translation>
    </message>
    <message>
        <source>Use its address, or have the host list this name.</source>
        <translation>استخدم عنوانه، أو اطلب من المضيف إدراج هذا الاسم.</translation>
    </message>
    <message>
        <source>Use localhost, 0.0.0.0 or one adapter&apos;s address.</source>
        <translation>استخدم localhost أو 0.0.0.0 أو عنوان محوّل واحد.</translation>
    </message>
    <message>
        <source>Use one kind.</source>
        <translation>استخدم نوعًا واحدًا.</translation>
    </message>
    <message>
        <source>Use one script.</source>
        <translation>استخدم كتابة واحدة.</translation>
    </message>
    <message>
        <source>Use one without it.</source>
        <translation>استخدم مفتاحًا بلا كلمة مرور.</translation>
    </message>
    <message>
        <source>Use port {port}</source>
        <translation>استخدام المنفذ {port}</translation>
    </message>
    <message>
        <source>Use the newer program, or choose another data folder.</source>
        <translation>استخدم البرنامج الأحدث، أو اختر مجلد بيانات آخر.</translation>
    </message>
    <message>
        <source>Use the newer program, or move the file away to have a new secret made.</source>
        <translation>استخدم البرنامج الأحدث، أو انقل الملف جانبًا ليُصنع سر جديد.</translation>
    </message>
    <message>
        <source>Use the newer program, or move the file away.</source>
        <translation>استخدم البرنامج الأحدث، أو انقل الملف جانبًا.</translation>
    </message>
    <message>
        <source>Use this one</source>
        <translation>استخدام هذا</translation>
    </message>
    <message>
        <source>Used</source>
        <translation>مستخدَم</translation>
    </message>
    <message>
        <source>User</source>
        <translation>المستخدم</translation>
    </message>
    <message>
        <source>User {name}</source>
        <translation>المستخدم {name}</translation>
    </message>
    <message>
        <source>Username or password is wrong.</source>
        <translation>اسم المستخدم أو كلمة المرور خطأ.</translation>
    </message>
    <message>
        <source>Users as they were</source>
        <translation>المستخدمون كما كانوا</translation>
    </message>
    <message>
        <source>Users to send to</source>
        <translation>المستخدمون المرسل إليهم</translation>
    </message>
    <message>
        <source>Uses</source>
        <translation>الاستخدامات</translation>
    </message>
    <message>
        <source>Valid for</source>
        <translation>صالح لمدة</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>القيمة</translation>
    </message>
    <message>
        <source>Verdict</source>
        <translation>الحكم</translation>
    </message>
    <message>
        <source>Version</source>
        <translation>الإصدار</translation>
    </message>
    <message>
        <source>Very weak</source>
        <translation>ضعيفة جدًا</translation>
    </message>
    <message>
        <source>Wait as long as the answer says, or let them try again now.</source>
        <translation>انتظر بقدر ما يقول الرد، أو اسمح بالمحاولة ثانية الآن.</translation>
    </message>
    <message>
        <source>Wait as long as the answer says.</source>
        <translation>انتظر بقدر ما يقول الرد.</translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation>قيد الانتظار</translation>
    </message>
    <message>
        <source>Waiting ({people})</source>
        <translation>قيد الانتظار ({people})</translation>
    </message>
    <message>
        <source>Waiting for a device. The code holds for {time}.</source>
        <translation>بانتظار جهاز. يسري الرمز {time}.</translation>
    </message>
    <message>
        <source>Waiting list</source>
        <translation>قائمة الانتظار</translation>
    </message>
    <message>
        <source>Waiting list ({people})</source>
        <translation>قائمة الانتظار ({people})</translation>
    </message>
    <message>
        <source>Waiting, as they read slowly: {waiting}.</source>
        <translation>بالانتظار لأنهم يقرؤون ببطء: {waiting}.</translation>
    </message>
    <message>
        <source>What hosts do is noted here: start and stop, settings, accounts, bans.</source>
        <translation>ما يفعله المضيفون مسجل هنا: البدء والإيقاف، والإعدادات، والحسابات، والحظر.</translation>
    </message>
    <message>
        <source>What is done here is done to all of them.</source>
        <translation>ما يُفعل هنا يُفعل بهم جميعًا.</translation>
    </message>
    <message>
        <source>What is long goes by WebSocket.</source>
        <translation>الطويل يُرسل عبر WebSocket.</translation>
    </message>
    <message>
        <source>Whom or what</source>
        <translation>من أو ماذا</translation>
    </message>
    <message>
        <source>Words are searched in the content.
user: type: dir: ip: conn: code: to: node: compare a field, with * for any characters
is:error   content.path:value   size&gt;1k   took&gt;100ms   time&gt;20:41   or
/regular expression/   !not this   &quot;several words&quot;
Press / to come here, Return to go back, Escape to show everything.</source>
        <translation>تُبحث الكلمات في المحتوى.
user: type: dir: ip: conn: code: to: node: تقارن حقلًا، مع * لأي أحرف
is:error   content.path:value   size&gt;1k   took&gt;100ms   time&gt;20:41   or
/regular expression/   !not this   &quot;several words&quot;
اضغط / للقدوم هنا، وReturn للعودة، وEscape لإظهار كل شيء.</translation>
    </message>
    <message>
        <source>Words of the name, address or app, #12 for a connection, or node:NAME</source>
        <translation>كلمات من الاسم أو العنوان أو التطبيق، أو #12 لاتصال، أو node:NAME</translation>
    </message>
    <message>
        <source>Warning</source>
        <translation>تحذير</translation>
    </message>
    <message>
        <source> a second</source>
        <translation> في الثانية</translation>
    </message>
    <message>
        <source> bytes</source>
        <translation> بايت</translation>
    </message>
    <message>
        <source> bytes/s</source>
        <translation> بايت/ث</translation>
    </message>
    <message>
        <source>&amp;Faults…</source>
        <translation>الأ&amp;عطال…</translation>
    </message>
    <message>
        <source>99 % within</source>
        <translation>‏99 ‎% خلال</translation>
    </message>
    <message>
        <source>A message from “server”</source>
        <translation>رسالة من «server»</translation>
    </message>
    <message>
        <source>Choose {another}, or stop that program.</source>
        <translation>اختر {another}، أو أوقف ذلك البرنامج.</translation>
    </message>
    <message>
        <source>Choose {another}.</source>
        <translation>اختر {another}.</translation>
    </message>
    <message>
        <source>The certificate is for {known}: browsers warn at {names}.</source>
        <translation>الشهادة لـ {known}: تحذر المتصفحات عند {names}.</translation>
    </message>
    <message>
        <source>The client sends it again after “retryAfterMs”; the log says what is away.</source>
        <translation>يرسله العميل ثانية بعد «retryAfterMs»؛ والسجل يقول ما الغائب.</translation>
    </message>
    <message>
        <source>The client waits as long as the error says, or you allow everyone {value} a second.</source>
        <translation>ينتظر العميل بقدر ما يقول الخطأ، أو تسمح للجميع بـ {value} في الثانية.</translation>
    </message>
    <message>
        <source>The secret&apos;s file {file} cannot be read ({why}).</source>
        <translation>تتعذر قراءة ملف السر {file} ({why}).</translation>
    </message>
    <message>
        <source>The secret&apos;s file {file} cannot be written ({why}).</source>
        <translation>تتعذر كتابة ملف السر {file} ({why}).</translation>
    </message>
    <message>
        <source>This frame, as written</source>
        <translation>هذا الإطار كما كُتب</translation>
    </message>
    <message>
        <source>Time that has passed</source>
        <translation>الوقت المنقضي</translation>
    </message>
    <message>
        <source>To clients only</source>
        <translation>إلى العملاء فقط</translation>
    </message>
    <message>
        <source>Warnings and errors</source>
        <translation>التحذيرات والأخطاء</translation>
    </message>
    <message>
        <source>Weak</source>
        <translation>ضعيفة</translation>
    </message>
    <message>
        <source>Web pages that may connect, such as https://app.example.org or https://*.example.org; null for pages opened from disk.</source>
        <translation>صفحات ويب يجوز لها الاتصال، مثل https://app.example.org أو https://*.example.org؛ و null للصفحات المفتوحة من القرص.</translation>
    </message>
    <message>
        <source>Welcome</source>
        <translation>الترحيب</translation>
    </message>
    <message>
        <source>What</source>
        <translation>ماذا</translation>
    </message>
    <message>
        <source>What clients make of a bad network. The server itself stays well.</source>
        <translation>ما يصنعه العملاء من شبكة سيئة. الخادم نفسه بخير.</translation>
    </message>
    <message>
        <source>What happened</source>
        <translation>ما الذي حدث</translation>
    </message>
    <message>
        <source>What it says counts from the next start; until then nothing is saved.</source>
        <translation>ما فيه يسري من البدء التالي؛ وحتى ذلك الحين لا يُحفظ شيء.</translation>
    </message>
    <message>
        <source>What passes is also kept in a file of at most this size, across launches; 0: off.</source>
        <translation>ما يمر يُحفظ أيضًا في ملف لا يتجاوز هذا الحجم، عبر التشغيلات؛ 0: إيقاف.</translation>
    </message>
    <message>
        <source>What they say</source>
        <translation>ما يقولونه</translation>
    </message>
    <message>
        <source>What this is, above the web client, such as the class or event.</source>
        <translation>ما هذا، فوق عميل الويب، كاسم الصف أو الفعالية.</translation>
    </message>
    <message>
        <source>What this server is for</source>
        <translation>ما الغرض من هذا الخادم</translation>
    </message>
    <message>
        <source>What to send</source>
        <translation>ما يُرسل</translation>
    </message>
    <message>
        <source>What waits for all slow clients together, and likewise what has come of all unfinished messages; beyond it, those who hold most are closed (4008, 1009).</source>
        <translation>ما ينتظر لكل العملاء البطيئين معًا، وكذلك ما وصل من كل الرسائل غير المكتملة؛ فوقه يُقطع من يحمل الأكثر (4008، 1009).</translation>
    </message>
    <message>
        <source>What was done to accounts, and by whom, is forgotten after so long.</source>
        <translation>ما فُعل بالحسابات، ومن فعله، يُنسى بعد هذه المدة.</translation>
    </message>
    <message>
        <source>What was said since they joined</source>
        <translation>ما قيل منذ انضمامهم</translation>
    </message>
    <message>
        <source>What you paste is neither kept nor logged, and looking is no use of the token.</source>
        <translation>ما تلصقه لا يُحفظ ولا يُسجل، والنظر ليس استخدامًا للرمز.</translation>
    </message>
    <message>
        <source>When Windows asks, choose Allow; or this line in a terminal run as administrator:</source>
        <translation>حين يسأل Windows اختر «السماح»؛ أو هذا السطر في طرفية تعمل بصلاحية المسؤول:</translation>
    </message>
    <message>
        <source>Where</source>
        <translation>أين</translation>
    </message>
    <message>
        <source>Which log</source>
        <translation>أي سجل</translation>
    </message>
    <message>
        <source>Who</source>
        <translation>من</translation>
    </message>
    <message>
        <source>Who can reach the server</source>
        <translation>من يصل إلى الخادم</translation>
    </message>
    <message>
        <source>Who may make an account: anyone who reaches the server, whoever has an invitation, whomever you approve, or nobody.</source>
        <translation>من يجوز له إنشاء حساب: كل من يصل إلى الخادم، أو من لديه دعوة، أو من توافق عليه، أو لا أحد.</translation>
    </message>
    <message>
        <source>Who may write</source>
        <translation>من يجوز له الكتابة</translation>
    </message>
    <message>
        <source>Who may write and come in</source>
        <translation>من يكتب ومن يدخل</translation>
    </message>
    <message>
        <source>Who waits</source>
        <translation>من ينتظر</translation>
    </message>
    <message>
        <source>Whoever opens it can register.</source>
        <translation>من يفتحه يستطيع التسجيل.</translation>
    </message>
    <message>
        <source>Whole</source>
        <translation>كامل</translation>
    </message>
    <message>
        <source>Whole screen</source>
        <translation>الشاشة كلها</translation>
    </message>
    <message>
        <source>Whose</source>
        <translation>لمن</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>لماذا</translation>
    </message>
    <message>
        <source>Wi-Fi of the room</source>
        <translation>شبكة Wi-Fi للقاعة</translation>
    </message>
    <message>
        <source>Windows Defender Firewall blocks this program on {name} networks.</source>
        <translation>جدار حماية Windows Defender يحجب هذا البرنامج على شبكات {name}.</translation>
    </message>
    <message>
        <source>Windows Defender Firewall could not be read.</source>
        <translation>تعذرت قراءة جدار حماية Windows Defender.</translation>
    </message>
    <message>
        <source>Windows Defender Firewall lets this program in.</source>
        <translation>جدار حماية Windows Defender يسمح لهذا البرنامج.</translation>
    </message>
    <message>
        <source>Windows Security, Firewall &amp; network protection, Allow an app through firewall: tick it.</source>
        <translation>أمن Windows، جدار الحماية وحماية الشبكة، السماح لتطبيق عبر جدار الحماية: ضع علامة عليه.</translation>
    </message>
    <message>
        <source>With clients connected: ask, keep the server running out of sight, or stop it.</source>
        <translation>مع عملاء متصلين: السؤال، أو إبقاء الخادم عاملًا بعيدًا عن النظر، أو إيقافه.</translation>
    </message>
    <message>
        <source>With the account go {at_least}{messages} it wrote or was sent, {waiting} of them still waiting.</source>
        <translation>مع الحساب تذهب {at_least}{messages} كتبها أو أُرسلت إليه، {waiting} منها ما زالت تنتظر.</translation>
    </message>
    <message>
        <source>Within</source>
        <translation>خلال</translation>
    </message>
    <message>
        <source>Without one, run the server alone: authws-desktop serve (authws-desktop serve --help shows its options).</source>
        <translation>بدون شاشة شغّل الخادم وحده: authws-desktop serve (الأمر authws-desktop serve --help يعرض خياراته).</translation>
    </message>
    <message>
        <source>Write a JSON value, such as {&quot;text&quot;: &quot;hello&quot;}.</source>
        <translation>اكتب قيمة JSON، مثل {&quot;text&quot;: &quot;hello&quot;}.</translation>
    </message>
    <message>
        <source>Write a blank after the quoted text.</source>
        <translation>اكتب مسافة بعد النص المقتبس.</translation>
    </message>
    <message>
        <source>Write a filter after “or”.</source>
        <translation>اكتب مرشحًا بعد «or».</translation>
    </message>
    <message>
        <source>Write a filter before “or”, or quote it to search for the word.</source>
        <translation>اكتب مرشحًا قبل «or»، أو ضعها بين علامتي اقتباس للبحث عن الكلمة.</translation>
    </message>
    <message>
        <source>Write a number or null.</source>
        <translation>اكتب عددًا أو null.</translation>
    </message>
    <message>
        <source>Write a value after “{value}:”.</source>
        <translation>اكتب قيمة بعد «{value}:».</translation>
    </message>
    <message>
        <source>Write localhost, 0.0.0.0 or one adapter&apos;s address, without http:// and port; not “{value}”.</source>
        <translation>اكتب localhost أو 0.0.0.0 أو عنوان محوّل، بلا http:// ولا منفذ؛ لا «{value}».</translation>
    </message>
    <message>
        <source>Write one such as 192.168.1.20.</source>
        <translation>اكتب عنوانًا مثل 192.168.1.20.</translation>
    </message>
    <message>
        <source>Write the keys on the way, such as content.text.</source>
        <translation>اكتب مفاتيح المسار، مثل content.text.</translation>
    </message>
    <message>
        <source>Write what to leave out after “!”.</source>
        <translation>اكتب ما يُستبعد بعد «!».</translation>
    </message>
    <message>
        <source>Write “!” before what to leave out, or quote “not” to search for the word.</source>
        <translation>اكتب «!» قبل ما يُستبعد، أو ضع «not» بين علامتي اقتباس للبحث عن الكلمة.</translation>
    </message>
    <message>
        <source>Write “or” between two filters.</source>
        <translation>اكتب «or» بين مرشحين.</translation>
    </message>
    <message>
        <source>Written to {connections}.</source>
        <translation>كُتب إلى {connections}.</translation>
    </message>
    <message>
        <source>Written to {written} of {connections} within {time}.</source>
        <translation>كُتب إلى {written} من {connections} خلال {time}.</translation>
    </message>
    <message>
        <source>Written to {written} of {receivers} within {took}.</source>
        <translation>كُتب إلى {written} من {receivers} خلال {took}.</translation>
    </message>
    <message>
        <source>Wrote {rows} to {file}, and {test}, which replays them.</source>
        <translation>كُتبت {rows} في {file}، و{test} الذي يعيد تشغيلها.</translation>
    </message>
    <message>
        <source>Yes, after a new login.</source>
        <translation>نعم، بعد تسجيل دخول جديد.</translation>
    </message>
    <message>
        <source>Yes, after a pause.</source>
        <translation>نعم، بعد توقف قصير.</translation>
    </message>
    <message>
        <source>Yes, then authenticate.</source>
        <translation>نعم، ثم وثّق نفسك.</translation>
    </message>
    <message>
        <source>Yes, with backoff.</source>
        <translation>نعم، بفواصل متزايدة.</translation>
    </message>
    <message>
        <source>Yesterday</source>
        <translation>أمس</translation>
    </message>
    <message>
        <source>accepted</source>
        <translation>مقبول</translation>
    </message>
    <message>
        <source>account</source>
        <translation>حساب</translation>
    </message>
    <message>
        <source>acknowledged</source>
        <translation>مؤكد</translation>
    </message>
    <message>
        <source>active</source>
        <translation>نشط</translation>
    </message>
    <message>
        <source>address</source>
        <translation>عنوان</translation>
    </message>
    <message>
        <source>all nodes</source>
        <translation>جميع العقد</translation>
    </message>
    <message>
        <source>always the same</source>
        <translation>نفسه دائمًا</translation>
    </message>
    <message>
        <source>an earlier secret that is still accepted</source>
        <translation>سر سابق لا يزال مقبولًا</translation>
    </message>
    <message>
        <source>and {count} more</source>
        <translation>و{count} غيرها</translation>
    </message>
    <message>
        <source>another copy of this program ({owner})</source>
        <translation>نسخة أخرى من هذا البرنامج ({owner})</translation>
    </message>
    <message>
        <source>another port</source>
        <translation>منفذًا آخر</translation>
    </message>
    <message>
        <source>another program</source>
        <translation>برنامج آخر</translation>
    </message>
    <message>
        <source>another program ({owner})</source>
        <translation>برنامج آخر ({owner})</translation>
    </message>
    <message>
        <source>any</source>
        <translation>أي</translation>
    </message>
    <message>
        <source>any free port</source>
        <translation>أي منفذ حر</translation>
    </message>
    <message>
        <source>at least </source>
        <translation>على الأقل </translation>
    </message>
    <message>
        <source>away</source>
        <translation>غير متاح</translation>
    </message>
    <message>
        <source>binary</source>
        <translation>ثنائي</translation>
    </message>
    <message>
        <source>bytes</source>
        <translation>بايت</translation>
    </message>
    <message>
        <source>cannot be counted now</source>
        <translation>لا يمكن عدها الآن</translation>
    </message>
    <message>
        <source>characters</source>
        <translation>حرفًا</translation>
    </message>
    <message>
        <source>club makes http://club.local:PORT work on most devices nearby. Empty: none.</source>
        <translation>‏club يجعل http://club.local:PORT يعمل على معظم الأجهزة القريبة. فارغ: لا شيء.</translation>
    </message>
    <message>
        <source>command line</source>
        <translation>سطر الأوامر</translation>
    </message>
    <message>
        <source>connections</source>
        <translation>اتصالات</translation>
    </message>
    <message>
        <source>days</source>
        <translation>أيام</translation>
    </message>
    <message>
        <source>default</source>
        <translation>افتراضي</translation>
    </message>
    <message>
        <source>differs</source>
        <translation>مختلف</translation>
    </message>
    <message>
        <source>disabled</source>
        <translation>معطل</translation>
    </message>
    <message>
        <source>disabled: cannot log in</source>
        <translation>معطل: لا يمكنه الدخول</translation>
    </message>
    <message>
        <source>does not exist or was revoked</source>
        <translation>غير موجودة أو أُبطلت</translation>
    </message>
    <message>
        <source>done</source>
        <translation>تم</translation>
    </message>
    <message>
        <source>draining</source>
        <translation>قيد التفريغ</translation>
    </message>
    <message>
        <source>ends too early</source>
        <translation>ينتهي قبل أوانه</translation>
    </message>
    <message>
        <source>ends {connections}</source>
        <translation>ينهي {connections}</translation>
    </message>
    <message>
        <source>environment</source>
        <translation>البيئة</translation>
    </message>
    <message>
        <source>expired</source>
        <translation>منتهٍ</translation>
    </message>
    <message>
        <source>expired; choose a life for a new one</source>
        <translation>انتهى؛ اختر عمرًا لرمز جديد</translation>
    </message>
    <message>
        <source>filtering, {percent} %</source>
        <translation>ترشيح، {percent} ‎%</translation>
    </message>
    <message>
        <source>generated</source>
        <translation>مولّدة</translation>
    </message>
    <message>
        <source>given</source>
        <translation>معطاة</translation>
    </message>
    <message>
        <source>good</source>
        <translation>جيد</translation>
    </message>
    <message>
        <source>guest</source>
        <translation>ضيف</translation>
    </message>
    <message>
        <source>half of a surrogate pair stands alone (byte {half})</source>
        <translation>نصف زوج بديل يقف وحده (البايت {half})</translation>
    </message>
    <message>
        <source>has expired</source>
        <translation>انتهت</translation>
    </message>
    <message>
        <source>host</source>
        <translation>مضيف</translation>
    </message>
    <message>
        <source>https and wss</source>
        <translation>‏https و wss</translation>
    </message>
    <message>
        <source>in {rate}/s</source>
        <translation>وارد {rate}/ث</translation>
    </message>
    <message>
        <source>in {time}</source>
        <translation>خلال {time}</translation>
    </message>
    <message>
        <source>is used up</source>
        <translation>استُنفدت</translation>
    </message>
    <message>
        <source>just now</source>
        <translation>الآن</translation>
    </message>
    <message>
        <source>kept</source>
        <translation>محفوظة</translation>
    </message>
    <message>
        <source>left out</source>
        <translation>متروك</translation>
    </message>
    <message>
        <source>localhost: only this computer. 0.0.0.0: everyone on the network. Or one adapter&apos;s address.</source>
        <translation>‏localhost: هذا الحاسوب فقط. 0.0.0.0: كل من في الشبكة. أو عنوان محوّل واحد.</translation>
    </message>
    <message>
        <source>lost: closed</source>
        <translation>ضاع: قُطع</translation>
    </message>
    <message>
        <source>member</source>
        <translation>عضو</translation>
    </message>
    <message>
        <source>messages</source>
        <translation>رسائل</translation>
    </message>
    <message>
        <source>never</source>
        <translation>أبدًا</translation>
    </message>
    <message>
        <source>no code</source>
        <translation>بلا رمز</translation>
    </message>
    <message>
        <source>no connections</source>
        <translation>لا اتصالات</translation>
    </message>
    <message>
        <source>no end</source>
        <translation>بلا نهاية</translation>
    </message>
    <message>
        <source>no limit</source>
        <translation>بلا حد</translation>
    </message>
    <message>
        <source>no name</source>
        <translation>بلا اسم</translation>
    </message>
    <message>
        <source>no sessions</source>
        <translation>لا جلسات</translation>
    </message>
    <message>
        <source>none</source>
        <translation>لا شيء</translation>
    </message>
    <message>
        <source>none kept</source>
        <translation>لا شيء محفوظ</translation>
    </message>
    <message>
        <source>none yet</source>
        <translation>لا شيء بعد</translation>
    </message>
    <message>
        <source>not late</source>
        <translation>غير متأخر</translation>
    </message>
    <message>
        <source>not now</source>
        <translation>ليس الآن</translation>
    </message>
    <message>
        <source>nothing more</source>
        <translation>لا شيء آخر</translation>
    </message>
    <message>
        <source>now</source>
        <translation>الآن</translation>
    </message>
    <message>
        <source>off; local: a certificate made here, which each device must trust once; files: your own.</source>
        <translation>‏off؛ local: شهادة تُصنع هنا، على كل جهاز أن يثق بها مرة؛ files: شهادتك.</translation>
    </message>
    <message>
        <source>only this computer</source>
        <translation>هذا الحاسوب فقط</translation>
    </message>
    <message>
        <source>out {rate}/s</source>
        <translation>صادر {rate}/ث</translation>
    </message>
    <message>
        <source>password</source>
        <translation>كلمة مرور</translation>
    </message>
    <message>
        <source>paused, {count} came since</source>
        <translation>متوقف، جاء {count} منذئذ</translation>
    </message>
    <message>
        <source>per 15 min</source>
        <translation>كل 15 د</translation>
    </message>
    <message>
        <source>port {port}</source>
        <translation>المنفذ {port}</translation>
    </message>
    <message>
        <source>pure Python</source>
        <translation>Python خالص</translation>
    </message>
    <message>
        <source>queued</source>
        <translation>في الانتظار</translation>
    </message>
    <message>
        <source>refused</source>
        <translation>مرفوض</translation>
    </message>
    <message>
        <source>replayed</source>
        <translation>أُعيد</translation>
    </message>
    <message>
        <source>rows</source>
        <translation>صفوف</translation>
    </message>
    <message>
        <source>s</source>
        <translation>ث</translation>
    </message>
    <message>
        <source>same</source>
        <translation>مماثل</translation>
    </message>
    <message>
        <source>saved settings</source>
        <translation>الإعدادات المحفوظة</translation>
    </message>
    <message>
        <source>seconds</source>
        <translation>ثوانٍ</translation>
    </message>
    <message>
        <source>sent late</source>
        <translation>أُرسل متأخرًا</translation>
    </message>
    <message>
        <source>silent {count} s</source>
        <translation>صامت منذ {count} ث</translation>
    </message>
    <message>
        <source>somebody else</source>
        <translation>شخص آخر</translation>
    </message>
    <message>
        <source>somebody who did not log in</source>
        <translation>شخص لم يسجل الدخول</translation>
    </message>
    <message>
        <source>sorted by {column}</source>
        <translation>مفروز حسب {column}</translation>
    </message>
    <message>
        <source>sorting, {percent} %</source>
        <translation>جارٍ الفرز، {percent} %</translation>
    </message>
    <message>
        <source>the current secret</source>
        <translation>السر الحالي</translation>
    </message>
    <message>
        <source>the newest</source>
        <translation>الأحدث</translation>
    </message>
    <message>
        <source>the two are {time} apart</source>
        <translation>بينهما {time}</translation>
    </message>
    <message>
        <source>there</source>
        <translation>متاح</translation>
    </message>
    <message>
        <source>there, {lag}</source>
        <translation>متاح، {lag}</translation>
    </message>
    <message>
        <source>this node</source>
        <translation>هذه العقدة</translation>
    </message>
    <message>
        <source>this one</source>
        <translation>هذا</translation>
    </message>
    <message>
        <source>up {time}</source>
        <translation>يعمل {time}</translation>
    </message>
    <message>
        <source>usable</source>
        <translation>صالحة</translation>
    </message>
    <message>
        <source>used up</source>
        <translation>مستنفدة</translation>
    </message>
    <message>
        <source>user</source>
        <translation>مستخدم</translation>
    </message>
    <message>
        <source>virtual or VPN</source>
        <translation>افتراضي أو VPN</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>ينتظر</translation>
    </message>
    <message>
        <source>when you end it</source>
        <translation>حين تنهيه</translation>
    </message>
    <message>
        <source>written</source>
        <translation>كُتب</translation>
    </message>
    <message>
        <source>you end it</source>
        <translation>تنهيه</translation>
    </message>
    <message>
        <source>you lift it</source>
        <translation>ترفعه</translation>
    </message>
    <message>
        <source>{accounts}, {online} online</source>
        <translation>{accounts}، {online} متصلون</translation>
    </message>
    <message>
        <source>{activity}
Click for a larger chart</source>
        <translation>{activity}
انقر لمخطط أكبر</translation>
    </message>
    <message>
        <source>{address} is this computer itself, which cannot be banned.</source>
        <translation>‏{address} هو هذا الحاسوب نفسه، ولا يمكن حظره.</translation>
    </message>
    <message>
        <source>{cards} with new passwords were not put away. They are not kept anywhere.</source>
        <translation>لم توضع جانبًا {cards} بكلمات مرور جديدة. هي غير محفوظة في أي مكان.</translation>
    </message>
    <message>
        <source>{changes} · nobody is disconnected</source>
        <translation>{changes} · لا يُقطع أحد</translation>
    </message>
    <message>
        <source>{changes} · saving disconnects {clients}</source>
        <translation>{changes} · الحفظ يقطع {clients}</translation>
    </message>
    <message>
        <source>{chosen} of {all} selected</source>
        <translation>اختير {chosen} من {all}</translation>
    </message>
    <message>
        <source>{count} addresses</source>
        <translation>{count} عناوين</translation>
    </message>
    <message>
        <source>{count} messages from before were sent.</source>
        <translation>أُرسلت {count} رسالة سابقة.</translation>
    </message>
    <message>
        <source>{count} new ↓</source>
        <translation>{count} جديدة ↓</translation>
    </message>
    <message>
        <source>{count} of them read slowly; it waits.</source>
        <translation>{count} منهم يقرؤون ببطء؛ فهي تنتظر.</translation>
    </message>
    <message>
        <source>{count} people are here</source>
        <translation>هنا {count} أشخاص</translation>
    </message>
    <message>
        <source>{count} users</source>
        <translation>{count} مستخدمين</translation>
    </message>
    <message>
        <source>{entry} is not allowed.</source>
        <translation>‏{entry} غير مسموح به.</translation>
    </message>
    <message>
        <source>{error} No account was made. Go back and press Preview to see what is left.</source>
        <translation>{error} لم يُنشأ أي حساب. ارجع واضغط معاينة لترى ما بقي.</translation>
    </message>
    <message>
        <source>{file} cannot be read ({reason}). Choose another file.</source>
        <translation>لا يمكن قراءة {file} ({reason}). اختر ملفًا آخر.</translation>
    </message>
    <message>
        <source>{file} cannot be read ({strerror})</source>
        <translation>تتعذر قراءة {file} ({strerror})</translation>
    </message>
    <message>
        <source>{file} cannot be read ({strerror}).</source>
        <translation>لا يمكن قراءة {file} ({strerror}).</translation>
    </message>
    <message>
        <source>{file} cannot be written ({reason}). Choose another folder.</source>
        <translation>لا يمكن كتابة {file} ({reason}). اختر مجلدًا آخر.</translation>
    </message>
    <message>
        <source>{file} is not a file.</source>
        <translation>{file} ليس ملفًا.</translation>
    </message>
    <message>
        <source>{first}, {second} and {count} more</source>
        <translation>{first} و{second} و{count} آخرون</translation>
    </message>
    <message>
        <source>{guests} will be logged out for good. Their names are free again.</source>
        <translation>سيُسجل خروج {guests} نهائيًا. أسماؤهم حرة من جديد.</translation>
    </message>
    <message>
        <source>{host} is not an address of this computer now.</source>
        <translation>‏{host} ليس الآن عنوانًا لهذا الحاسوب.</translation>
    </message>
    <message>
        <source>{label} must not be empty.</source>
        <translation>يجب ألا يكون {label} فارغًا.</translation>
    </message>
    <message>
        <source>{least_chars} to {password_max_chars} characters</source>
        <translation>من {least_chars} إلى {password_max_chars} حرفًا</translation>
    </message>
    <message>
        <source>{least} to {most} letters and digits, single blanks, and . _ - @ + &apos;</source>
        <translation>من {least} إلى {most} حرفًا ورقمًا، ومسافات مفردة، و . _ - @ + &apos;</translation>
    </message>
    <message>
        <source>{low} to {high} · default {default}</source>
        <translation>من {low} إلى {high} · الافتراضي {default}</translation>
    </message>
    <message>
        <source>{macos_clicks}: set it to allow incoming connections.</source>
        <translation>‏{macos_clicks}: اجعله يسمح بالاتصالات الواردة.</translation>
    </message>
    <message>
        <source>{macos_clicks}: switch that off.</source>
        <translation>‏{macos_clicks}: أوقف ذلك.</translation>
    </message>
    <message>
        <source>{messages} are deleted for good, those that wait for people who are away included. Who comes back gets none of them. The traffic and its history stay as they are.</source>
        <translation>تُحذف {messages} نهائيًا، ومنها ما ينتظر الغائبين. من يعود لا يحصل على شيء منها. تبقى الحركة وتاريخها كما هما.</translation>
    </message>
    <message>
        <source>{names} and {last}</source>
        <translation>{names} و{last}</translation>
    </message>
    <message>
        <source>{names} may try again now.</source>
        <translation>يجوز لـ {names} المحاولة الآن.</translation>
    </message>
    <message>
        <source>{name} (has left)</source>
        <translation>{name} (غادر)</translation>
    </message>
    <message>
        <source>{name} acknowledged it {after} later.</source>
        <translation>أكده {name} بعد {after}.</translation>
    </message>
    <message>
        <source>{name} did not fetch it in time; it is gone.</source>
        <translation>لم يأخذه {name} في الوقت؛ لقد ذهب.</translation>
    </message>
    <message>
        <source>{name} has a new password.</source>
        <translation>لـ {name} كلمة مرور جديدة.</translation>
    </message>
    <message>
        <source>{name} is away: it waits for the next login, until {until}.</source>
        <translation>{name} غائب: ينتظر الدخول التالي، حتى {until}.</translation>
    </message>
    <message>
        <source>{name} is damaged at line {number}.</source>
        <translation>‏{name} تالف في السطر {number}.</translation>
    </message>
    <message>
        <source>{name} is not connected, and was not since the traffic is kept.</source>
        <translation>‏{name} غير متصل، ولم يكن متصلًا منذ حُفظت الحركة.</translation>
    </message>
    <message>
        <source>{name} is not connected: left {when} with {value}.</source>
        <translation>‏{name} غير متصل: غادر {when} بـ {value}.</translation>
    </message>
    <message>
        <source>{name} was away, and got it {after} later.</source>
        <translation>كان {name} غائبًا، وحصل عليه بعد {after}.</translation>
    </message>
    <message>
        <source>{name} was changed meanwhile ({who}{when}); now: {role}, {state}.</source>
        <translation>غُيّر {name} في هذه الأثناء ({who}{when})؛ الآن: {role}، {state}.</translation>
    </message>
    <message>
        <source>{name} was written by a newer version of this program.</source>
        <translation>كُتب {name} بإصدار أحدث من هذا البرنامج.</translation>
    </message>
    <message>
        <source>{now} now, {most} at most</source>
        <translation>{now} الآن، {most} على الأكثر</translation>
    </message>
    <message>
        <source>{problem} (character {place})</source>
        <translation>{problem} (الحرف {place})</translation>
    </message>
    <message>
        <source>{rows} ({missing} passed too fast)</source>
        <translation>{rows} ({missing} مرت سريعًا جدًا)</translation>
    </message>
    <message>
        <source>{rows} came and went while paused: the memory for traffic was full.</source>
        <translation>جاءت {rows} وذهبت أثناء التوقف: امتلأت ذاكرة الحركة.</translation>
    </message>
    <message>
        <source>{same}, and there is no difference.</source>
        <translation>‏{same}، ولا فرق.</translation>
    </message>
    <message>
        <source>{same}. Then a connection of {name} differs:</source>
        <translation>‏{same}. ثم يختلف اتصال لـ {name}:</translation>
    </message>
    <message>
        <source>{sentence} It is not used.</source>
        <translation>{sentence} لن يُستخدم.</translation>
    </message>
    <message>
        <source>{sentence} To search for the text, quote it.</source>
        <translation>‏{sentence} للبحث عن النص ضعه بين علامتي اقتباس.</translation>
    </message>
    <message>
        <source>{shown} of {all} shown</source>
        <translation>يُعرض {shown} من {all}</translation>
    </message>
    <message>
        <source>{shown} of {rows}</source>
        <translation>{shown} من {rows}</translation>
    </message>
    <message>
        <source>{time} ago</source>
        <translation>قبل {time}</translation>
    </message>
    <message>
        <source>{value} is no traffic exported by this program as JSON Lines.</source>
        <translation>‏{value} ليس حركة صدّرها هذا البرنامج بصيغة JSON Lines.</translation>
    </message>
    <message>
        <source>{value} {key} wait {wait_s} s after {failures} failures (Retry-After: {wait_s}).</source>
        <translation>‏{value} {key} تنتظر {wait_s} ث بعد {failures} محاولات فاشلة (Retry-After: {wait_s}).</translation>
    </message>
    <message>
        <source>{variable} ({source}) is no setting.</source>
        <translation>{variable} ({source}) ليس إعدادًا.</translation>
    </message>
    <message>
        <source>{variable} ({source}) is not used: {reason}.</source>
        <translation>لا يُستخدم {variable} ({source}): {reason}.</translation>
    </message>
    <message>
        <source>{what} belongs to another program.</source>
        <translation>‏{what} يخص برنامجًا آخر.</translation>
    </message>
    <message>
        <source>{what} cannot be opened ({detail}).</source>
        <translation>لا يمكن فتح {what} ({detail}).</translation>
    </message>
    <message>
        <source>{what} cannot be used ({detail}).</source>
        <translation>لا يمكن استخدام {what} ({detail}).</translation>
    </message>
    <message>
        <source>{what} cannot grow: the disk is full.</source>
        <translation>لا يمكن أن ينمو {what}: القرص ممتلئ.</translation>
    </message>
    <message>
        <source>{what} contains half a character (a lone surrogate).</source>
        <translation>في {what} نصف حرف (بديل منفرد).</translation>
    </message>
    <message>
        <source>{what} is UTF-16, not UTF-8.</source>
        <translation>‏{what} بترميز UTF-16 لا UTF-8.</translation>
    </message>
    <message>
        <source>{what} is damaged or is not a database.</source>
        <translation>‏{what} تالف أو ليس قاعدة بيانات.</translation>
    </message>
    <message>
        <source>{what} is locked by another program.</source>
        <translation>‏{what} مقفل من برنامج آخر.</translation>
    </message>
    <message>
        <source>{what} is nested too deeply.</source>
        <translation>تداخل {what} عميق جدًا.</translation>
    </message>
    <message>
        <source>{what} is not UTF-8: byte {value} is 0x{byte}.</source>
        <translation>‏{what} ليس UTF-8: البايت {value} هو 0x{byte}.</translation>
    </message>
    <message>
        <source>{what} is not valid JSON: {detail}.</source>
        <translation>‏{what} ليس JSON صالحًا: {detail}.</translation>
    </message>
    <message>
        <source>{what} is read-only.</source>
        <translation>‏{what} للقراءة فقط.</translation>
    </message>
    <message>
        <source>{what} must be a JSON object, not {value}.</source>
        <translation>يجب أن يكون {what} كائن JSON، لا {value}.</translation>
    </message>
    <message>
        <source>{what} must have {limits}.</source>
        <translation>يجب أن يكون في {what} {limits}.</translation>
    </message>
    <message>
        <source>{what} was deleted or moved away while this program uses it.</source>
        <translation>حُذف {what} أو نُقل والبرنامج يستخدمه.</translation>
    </message>
    <message>
        <source>{what} was replaced or overwritten by another program while this one uses it.</source>
        <translation>استبدل برنامج آخر {what} أو كتب فوقه وهذا البرنامج يستخدمه.</translation>
    </message>
    <message>
        <source>{what} was written by a newer version of this program.</source>
        <translation>كُتب {what} بإصدار أحدث من هذا البرنامج.</translation>
    </message>
    <message>
        <source>{where} cannot be asked ({name})</source>
        <translation>يتعذر سؤال {where} ({name})</translation>
    </message>
    <message>
        <source>{where} must be a whole number{example}, not &apos;{text}&apos;.</source>
        <translation>يجب أن يكون {where} عددًا صحيحًا{example}، لا &apos;{text}&apos;.</translation>
    </message>
    <message>
        <source>{where} must be one of {allowed}, not &apos;{value}&apos;.</source>
        <translation>يجب أن يكون {where} واحدًا من {allowed}، لا &apos;{value}&apos;.</translation>
    </message>
    <message>
        <source>{where} must be {limits}, not {value}.</source>
        <translation>يجب أن يكون {where} {limits}، لا {value}.</translation>
    </message>
    <message>
        <source>{where} takes letters, digits and hyphens, such as club.</source>
        <translation>يقبل {where} حروفًا وأرقامًا وشرطات، مثل club.</translation>
    </message>
    <message>
        <source>{why} Nothing of it is used.</source>
        <translation>‏{why} لا يُستخدم منه شيء.</translation>
    </message>
    <message>
        <source>“{name}:” knows no “{wrong}”.</source>
        <translation>‏«{name}:» لا يعرف «{wrong}».</translation>
    </message>
    <message>
        <source>“{name}” is compared: write {name}&gt; or {name}&lt;.</source>
        <translation>‏«{name}» للمقارنة: اكتب {name}&gt; أو {name}&lt;.</translation>
    </message>
    <message>
        <source>“{setting}” is set from outside: {source}. Change it there.</source>
        <translation>«{setting}» مضبوط من الخارج: {source}. غيّره هناك.</translation>
    </message>
    <message>
        <source>“{value}” cannot be compared; size, took and time can.</source>
        <translation>لا يمكن مقارنة «{value}»؛ بل size وtook وtime.</translation>
    </message>
    <message>
        <source>… {count} more bytes</source>
        <translation>… {count} بايت أخرى</translation>
    </message>
    <message>
        <source>○ Not connected yet: run a snippet and watch it arrive.</source>
        <translation>○ غير متصل بعد: شغّل مقتطفًا وراقب وصوله.</translation>
    </message>
    <message>
        <source>● Connected from {address}</source>
        <translation>● متصل من {address}</translation>
    </message>
</context>
</TS>
