<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="zh_CN" sourcelanguage="en">
<context>
    <name>Authws</name>
    <message>
        <source> One more fault below.</source>
        <translation> 下方还有一处故障。</translation>
    </message>
    <message>
        <source> Save to have it so.</source>
        <translation> 保存后生效。</translation>
    </message>
    <message>
        <source> {count} more faults below.</source>
        <translation> 下方还有 {count} 处故障。</translation>
    </message>
    <message numerus="yes">
        <source>%n accounts</source>
        <translation>
            <numerusform>%n 个账户</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n accounts will be made.</source>
        <translation>
            <numerusform>将创建 %n 个账户。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n acts</source>
        <translation>
            <numerusform>%n 项操作</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n bytes</source>
        <translation>
            <numerusform>%n 字节</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n cards</source>
        <translation>
            <numerusform>%n 张卡片</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n changes</source>
        <translation>
            <numerusform>%n 处更改</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n clients</source>
        <translation>
            <numerusform>%n 个客户端</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n clients are connected.</source>
        <translation>
            <numerusform>%n 个客户端已连接。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n connections</source>
        <translation>
            <numerusform>%n 个连接</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n connections still use the old secret.</source>
        <translation>
            <numerusform>%n 个连接仍在使用旧密钥。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n errors</source>
        <translation>
            <numerusform>%n 个错误</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n fields</source>
        <translation>
            <numerusform>%n 个字段</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n guests</source>
        <translation>
            <numerusform>%n 位访客</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n invitations</source>
        <translation>
            <numerusform>%n 个邀请</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n items</source>
        <translation>
            <numerusform>%n 个元素</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n joined</source>
        <translation>
            <numerusform>%n 人加入</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n kept messages</source>
        <translation>
            <numerusform>%n 条保留消息</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n lines</source>
        <translation>
            <numerusform>%n 行</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n lines have a problem and are left out.</source>
        <translation>
            <numerusform>%n 行有问题，将被略过。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n logins were refused.</source>
        <translation>
            <numerusform>已拒绝 %n 次登录。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n messages</source>
        <translation>
            <numerusform>%n 条消息</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n people wait for your approval.</source>
        <translation>
            <numerusform>%n 人正等待你的批准。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n read slowly: it waits for them.</source>
        <translation>
            <numerusform>%n 个读取缓慢：正在等待。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n rows</source>
        <translation>
            <numerusform>%n 行</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n rows are the same</source>
        <translation>
            <numerusform>%n 行相同</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n sessions</source>
        <translation>
            <numerusform>%n 个会话</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n users</source>
        <translation>
            <numerusform>%n 个用户</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n values are wrong</source>
        <translation>
            <numerusform>%n 个值有误</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n were lost as their connections closed.</source>
        <translation>
            <numerusform>%n 个因连接关闭而丢失。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n were sent late.</source>
        <translation>
            <numerusform>%n 个延迟发送。</numerusform>
        </translation>
    </message>
    <message>
        <source>&amp;About Authws Desktop</source>
        <translation>关于 Authws Desktop(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Accounts</source>
        <translation>账户(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Answers as rows	E</source>
        <translation>应答单独成行(&amp;A)	E</translation>
    </message>
    <message>
        <source>&amp;Bans…</source>
        <translation>封禁(&amp;B)…</translation>
    </message>
    <message>
        <source>&amp;Clear	Ctrl+L</source>
        <translation>清空(&amp;C)	Ctrl+L</translation>
    </message>
    <message>
        <source>&amp;Cluster…</source>
        <translation>集群(&amp;C)…</translation>
    </message>
    <message>
        <source>&amp;Copy WebSocket address</source>
        <translation>复制 WebSocket 地址(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Documentation</source>
        <translation>文档(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;Export and open</source>
        <translation>导出并打开(&amp;E)</translation>
    </message>
    <message>
        <source>&amp;Follow	F</source>
        <translation>跟随(&amp;F)	F</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>帮助(&amp;H)</translation>
    </message>
    <message>
        <source>&amp;Open in browser</source>
        <translation>在浏览器中打开(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;Pause	Space</source>
        <translation>暂停(&amp;P)	Space</translation>
    </message>
    <message>
        <source>&amp;Projector</source>
        <translation>投影(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>退出(&amp;Q)</translation>
    </message>
    <message>
        <source>&amp;Room</source>
        <translation>房间(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Send as server…</source>
        <translation>以服务器身份发送(&amp;S)…</translation>
    </message>
    <message>
        <source>&amp;Server</source>
        <translation>服务器(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Start</source>
        <translation>启动(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Stop</source>
        <translation>停止(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Time order	Esc</source>
        <translation>时间顺序(&amp;T)	Esc</translation>
    </message>
    <message>
        <source>&amp;Traffic</source>
        <translation>流量(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>视图(&amp;V)</translation>
    </message>
    <message>
        <source>&apos;{address}&apos; is not an IP address.</source>
        <translation>&apos;{address}&apos; 不是 IP 地址。</translation>
    </message>
    <message>
        <source>&apos;{host}&apos; is not an address of this computer.</source>
        <translation>&apos;{host}&apos; 不是此电脑的地址。</translation>
    </message>
    <message>
        <source>&apos;{username}&apos; is a guest here, who has no account.</source>
        <translation>&apos;{username}&apos; 在这里是访客，没有账户。</translation>
    </message>
    <message>
        <source>&apos;{username}&apos; is a guest, who has neither a password nor another role.</source>
        <translation>&apos;{username}&apos; 是访客，既没有密码，也没有其他角色。</translation>
    </message>
    <message>
        <source>, {count} waiting</source>
        <translation>，{count} 条等待</translation>
    </message>
    <message>
        <source>/s</source>
        <translation>/秒</translation>
    </message>
    <message>
        <source>1 person is here</source>
        <translation>有 1 人在这里</translation>
    </message>
    <message>
        <source>1. Join the Wi-Fi</source>
        <translation>1. 加入 Wi-Fi</translation>
    </message>
    <message>
        <source>2 min ago</source>
        <translation>2 分钟前</translation>
    </message>
    <message>
        <source>2. Come in: scan, or type</source>
        <translation>2. 进入：扫码或输入</translation>
    </message>
    <message>
        <source>32 characters or more</source>
        <translation>32 个字符或更多</translation>
    </message>
    <message>
        <source>A Wi-Fi&apos;s name has at most 32 bytes.</source>
        <translation>Wi-Fi 名称最多 32 字节。</translation>
    </message>
    <message>
        <source>A Wi-Fi&apos;s password has 8 to 63 characters.</source>
        <translation>Wi-Fi 密码为 8 至 63 个字符。</translation>
    </message>
    <message>
        <source>A client that reads so slowly that more than this waits for it is closed (4008).</source>
        <translation>读取过慢、积压超过此值的客户端将被断开 (4008)。</translation>
    </message>
    <message>
        <source>A connection that does not answer a ping in time is ended.</source>
        <translation>未及时应答 ping 的连接将被结束。</translation>
    </message>
    <message>
        <source>A connection that has not authenticated by then is closed (4001).</source>
        <translation>届时仍未认证的连接将被断开 (4001)。</translation>
    </message>
    <message>
        <source>A direct names its recipient in “to”: a user or a connection.</source>
        <translation>私信在“to”中指明收件人：用户或连接。</translation>
    </message>
    <message>
        <source>A file in {folder} is not a certificate or key.</source>
        <translation>{folder} 中有文件不是证书或密钥。</translation>
    </message>
    <message>
        <source>A frame is a JSON object with a “type”: authenticate, message or direct.</source>
        <translation>帧是带有“type”的 JSON 对象：authenticate、message 或 direct。</translation>
    </message>
    <message>
        <source>A host may also manage this server over HTTP.</source>
        <translation>主持人也可通过 HTTP 管理此服务器。</translation>
    </message>
    <message>
        <source>A key is missing beside a dot.</source>
        <translation>点号旁缺少键。</translation>
    </message>
    <message>
        <source>A language is written as a short code, such as en, de or pt-BR.</source>
        <translation>语言以短代码书写，例如 en、de 或 pt-BR。</translation>
    </message>
    <message>
        <source>A larger one ends the connection (1009). Many clients take no more than 1 MiB.</source>
        <translation>更大的消息会结束连接 (1009)。许多客户端最多接受 1 MiB。</translation>
    </message>
    <message>
        <source>A message from the tray when a login was refused.</source>
        <translation>登录被拒绝时由托盘提示。</translation>
    </message>
    <message>
        <source>A message from the tray when somebody connects first.</source>
        <translation>首个客户端连接时由托盘提示。</translation>
    </message>
    <message>
        <source>A message from the tray when somebody waits for approval.</source>
        <translation>有人等待批准时由托盘提示。</translation>
    </message>
    <message>
        <source>A message to {to} was not fetched in time, and is gone.</source>
        <translation>给 {to} 的消息未及时取走，已丢失。</translation>
    </message>
    <message>
        <source>A newer version</source>
        <translation>有新版本</translation>
    </message>
    <message>
        <source>A number or nothing.</source>
        <translation>数字或留空。</translation>
    </message>
    <message>
        <source>A real-time WebSocket server with real logins. MIT licence.</source>
        <translation>带有真实登录的实时 WebSocket 服务器。MIT 许可证。</translation>
    </message>
    <message>
        <source>A recording…</source>
        <translation>一段录制…</translation>
    </message>
    <message>
        <source>A regular expression stands between two slashes, /like this/.</source>
        <translation>正则表达式写在两个斜杠之间，例如 /like this/。</translation>
    </message>
    <message>
        <source>A request has exactly one &apos;Host&apos; header.</source>
        <translation>请求必须恰好有一个 &apos;Host&apos; 标头。</translation>
    </message>
    <message>
        <source>A rule of the firewall ufw blocks port {port}.</source>
        <translation>防火墙 ufw 的一条规则阻止端口 {port}。</translation>
    </message>
    <message>
        <source>A sentence that everybody reads before they come in.</source>
        <translation>每个人进入前都会读到的一句话。</translation>
    </message>
    <message>
        <source>A size is a number of bytes, such as size&gt;200 or size&lt;10k.</source>
        <translation>大小是字节数，例如 size&gt;200 或 size&lt;10k。</translation>
    </message>
    <message>
        <source>A time is a number of ms or s, such as took&gt;100ms or took&gt;1.5s.</source>
        <translation>时长是以 ms 或 s 为单位的数字，例如 took&gt;100ms 或 took&gt;1.5s。</translation>
    </message>
    <message>
        <source>A time of day is written as 20:41 or 20:41:05.</source>
        <translation>时刻写作 20:41 或 20:41:05。</translation>
    </message>
    <message>
        <source>A visitor, who has no account here.</source>
        <translation>在这里没有账户的来客。</translation>
    </message>
    <message>
        <source>About Authws Desktop</source>
        <translation>关于 Authws Desktop</translation>
    </message>
    <message>
        <source>Accept</source>
        <translation>接受</translation>
    </message>
    <message>
        <source>Accept them, and they can log in.</source>
        <translation>接受后对方即可登录。</translation>
    </message>
    <message>
        <source>Accepted {names}. They can log in now.</source>
        <translation>已接受 {names}，现在可以登录。</translation>
    </message>
    <message>
        <source>Account</source>
        <translation>账户</translation>
    </message>
    <message>
        <source>Account or token ended ({code}).</source>
        <translation>账户或令牌已终止 ({code})。</translation>
    </message>
    <message>
        <source>Accounts</source>
        <translation>账户</translation>
    </message>
    <message>
        <source>Accounts that were made with them stay.</source>
        <translation>用它们创建的账户会保留。</translation>
    </message>
    <message>
        <source>Activity</source>
        <translation>活动</translation>
    </message>
    <message>
        <source>Activity of the last 2 minutes</source>
        <translation>最近 2 分钟的活动</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>添加</translation>
    </message>
    <message>
        <source>Add &amp;virtual users…</source>
        <translation>添加虚拟用户(&amp;V)…</translation>
    </message>
    <message>
        <source>Add a column</source>
        <translation>添加列</translation>
    </message>
    <message>
        <source>Add column…</source>
        <translation>添加列…</translation>
    </message>
    <message>
        <source>Add virtual users</source>
        <translation>添加虚拟用户</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>地址</translation>
    </message>
    <message>
        <source>Address in the snippets</source>
        <translation>代码片段中的地址</translation>
    </message>
    <message>
        <source>Address on the cards</source>
        <translation>卡片上的地址</translation>
    </message>
    <message>
        <source>Address to give out</source>
        <translation>对外提供的地址</translation>
    </message>
    <message>
        <source>Address to show</source>
        <translation>显示的地址</translation>
    </message>
    <message>
        <source>Addresses or networks of your own reverse proxies, such as 10.0.0.0/8: what they say of a client&apos;s address (X-Forwarded-For) is believed.</source>
        <translation>你自己的反向代理的地址或网段，如 10.0.0.0/8：相信它们所报告的客户端地址 (X-Forwarded-For)。</translation>
    </message>
    <message>
        <source>Administrative acts</source>
        <translation>管理操作</translation>
    </message>
    <message>
        <source>After too many wrong passwords, people are listed here.</source>
        <translation>密码错误次数过多的人会列在这里。</translation>
    </message>
    <message>
        <source>All buffers</source>
        <translation>全部缓冲区</translation>
    </message>
    <message>
        <source>All nodes, half a second late</source>
        <translation>所有节点，延迟半秒</translation>
    </message>
    <message>
        <source>All that is kept</source>
        <translation>保留的全部内容</translation>
    </message>
    <message>
        <source>Allow writing to the file and its folder, or choose another data folder; of PostgreSQL, name the server that is no standby.</source>
        <translation>请允许写入该文件及其文件夹，或选择其他数据文件夹；对于 PostgreSQL，请指定非备用的服务器。</translation>
    </message>
    <message>
        <source>Allow writing to the file and its folder.</source>
        <translation>请允许写入该文件及其文件夹。</translation>
    </message>
    <message>
        <source>Allow {entry} from now on; nobody is disconnected.</source>
        <translation>从现在起允许 {entry}；不断开任何人。</translation>
    </message>
    <message>
        <source>Allowed host names</source>
        <translation>允许的主机名</translation>
    </message>
    <message>
        <source>Allowed origins</source>
        <translation>允许的来源</translation>
    </message>
    <message>
        <source>Also the last 50 messages before</source>
        <translation>还有之前的 50 条消息</translation>
    </message>
    <message>
        <source>Also what few people change</source>
        <translation>也显示很少有人更改的设置</translation>
    </message>
    <message>
        <source>An announcement has at most {max_characters} characters; this one has {said}.</source>
        <translation>公告最多 {max_characters} 个字符；这条有 {said}。</translation>
    </message>
    <message>
        <source>An announcement needs a text.</source>
        <translation>公告需要文字。</translation>
    </message>
    <message>
        <source>Announce</source>
        <translation>公告</translation>
    </message>
    <message>
        <source>Announcement to everyone</source>
        <translation>发给所有人的公告</translation>
    </message>
    <message>
        <source>Announce…</source>
        <translation>公告…</translation>
    </message>
    <message>
        <source>Announce… (nobody is logged in)</source>
        <translation>公告… (无人登录)</translation>
    </message>
    <message>
        <source>Another algorithm than HS256 is named.</source>
        <translation>指定了 HS256 以外的算法。</translation>
    </message>
    <message>
        <source>Answer within</source>
        <translation>应答期限</translation>
    </message>
    <message>
        <source>Answers</source>
        <translation>应答</translation>
    </message>
    <message>
        <source>App</source>
        <translation>应用</translation>
    </message>
    <message>
        <source>Approval: you accept each newcomer</source>
        <translation>批准：由你接受每位新人</translation>
    </message>
    <message>
        <source>As</source>
        <translation>身份</translation>
    </message>
    <message>
        <source>As CSV…</source>
        <translation>存为 CSV…</translation>
    </message>
    <message>
        <source>As JSON Lines…</source>
        <translation>存为 JSON Lines…</translation>
    </message>
    <message>
        <source>As it was at {time}: {there}</source>
        <translation>{time} 时的状态：{there}</translation>
    </message>
    <message>
        <source>As set below</source>
        <translation>按下方设定</translation>
    </message>
    <message>
        <source>As the environment says</source>
        <translation>按环境设定</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>Ask the host for a new one.</source>
        <translation>请向主持人索取新的。</translation>
    </message>
    <message>
        <source>Ask the host for one.</source>
        <translation>请向主持人索取。</translation>
    </message>
    <message>
        <source>Ask the host to enable it.</source>
        <translation>请主持人启用它。</translation>
    </message>
    <message>
        <source>Ask the host to end those who are gone.</source>
        <translation>请主持人移除已离开的访客。</translation>
    </message>
    <message>
        <source>Ask the host to look at them, then try again.</source>
        <translation>请主持人查看他们，然后重试。</translation>
    </message>
    <message>
        <source>Ask the recipient before it is sent a second time.</source>
        <translation>第二次发送前请先询问收件人。</translation>
    </message>
    <message>
        <source>Ask what to do</source>
        <translation>询问如何处理</translation>
    </message>
    <message>
        <source>Asked</source>
        <translation>申请</translation>
    </message>
    <message>
        <source>Asking…</source>
        <translation>正在询问…</translation>
    </message>
    <message>
        <source>Asks the page of this program, and sends nothing else.</source>
        <translation>询问本程序的网页,不发送任何其他内容。</translation>
    </message>
    <message>
        <source>At least 8 characters of any kind.</source>
        <translation>至少 8 个任意字符。</translation>
    </message>
    <message>
        <source>At the start and once a day, the page of this program is asked. Off: nobody is asked.</source>
        <translation>启动时及每天一次询问本程序的网页。关闭:不询问任何人。</translation>
    </message>
    <message>
        <source>Audit</source>
        <translation>审计</translation>
    </message>
    <message>
        <source>Authws Desktop</source>
        <translation>Authws Desktop</translation>
    </message>
    <message>
        <source>Authws Desktop cannot start</source>
        <translation>Authws Desktop 无法启动</translation>
    </message>
    <message>
        <source>Authws Desktop is already open ({who}), but it does not answer. Wait a moment, or end that process, and start it again.</source>
        <translation>Authws Desktop 已打开 ({who}) 但没有应答。请稍候，或结束该进程后重新启动。</translation>
    </message>
    <message>
        <source>B hides everything    W Wi-Fi…    F11 whole screen    Esc closes</source>
        <translation>B 隐藏全部    W Wi-Fi…    F11 全屏    Esc 关闭</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>返回</translation>
    </message>
    <message>
        <source>Back to live</source>
        <translation>回到实时</translation>
    </message>
    <message>
        <source>Back to now</source>
        <translation>回到现在</translation>
    </message>
    <message>
        <source>Back to the live traffic</source>
        <translation>回到实时流量</translation>
    </message>
    <message>
        <source>Ban</source>
        <translation>封禁</translation>
    </message>
    <message>
        <source>Ban address…</source>
        <translation>封禁地址…</translation>
    </message>
    <message>
        <source>Ban the address instead.</source>
        <translation>请改为封禁地址。</translation>
    </message>
    <message>
        <source>Ban user…</source>
        <translation>封禁用户…</translation>
    </message>
    <message>
        <source>Ban {whom}?</source>
        <translation>封禁 {whom}？</translation>
    </message>
    <message>
        <source>Bandwidth</source>
        <translation>带宽</translation>
    </message>
    <message>
        <source>Banned by the host ({code}).</source>
        <translation>被主持人封禁 ({code})。</translation>
    </message>
    <message>
        <source>Banned until</source>
        <translation>封禁至</translation>
    </message>
    <message>
        <source>Bans</source>
        <translation>封禁</translation>
    </message>
    <message>
        <source>Bans…</source>
        <translation>封禁…</translation>
    </message>
    <message>
        <source>Beyond every calendar.</source>
        <translation>超出任何日历。</translation>
    </message>
    <message>
        <source>Both ways</source>
        <translation>双向</translation>
    </message>
    <message>
        <source>By time again, with what came meanwhile (Esc)</source>
        <translation>重新按时间排列,包括期间到达的内容 (Esc)</translation>
    </message>
    <message>
        <source>Bytes</source>
        <translation>字节</translation>
    </message>
    <message>
        <source>CSV (*.csv)</source>
        <translation>CSV (*.csv)</translation>
    </message>
    <message>
        <source>CSV files (*.csv)</source>
        <translation>CSV 文件 (*.csv)</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>取消</translation>
    </message>
    <message>
        <source>Cancelled.</source>
        <translation>已取消。</translation>
    </message>
    <message>
        <source>Cancelled; no account was made.</source>
        <translation>已取消，没有创建账户。</translation>
    </message>
    <message>
        <source>Cannot listen on {host} port {port}: {value}.</source>
        <translation>无法监听 {host} 端口 {port}：{value}。</translation>
    </message>
    <message>
        <source>Certificate file</source>
        <translation>证书文件</translation>
    </message>
    <message>
        <source>Certificate until {date}, SHA-256 {code}</source>
        <translation>证书有效至 {date}，SHA-256 {code}</translation>
    </message>
    <message>
        <source>Certificate until {date}. SHA-256 of its authority: {code}</source>
        <translation>证书有效至 {date}。颁发机构的 SHA-256：{code}</translation>
    </message>
    <message>
        <source>Change</source>
        <translation>更改</translation>
    </message>
    <message>
        <source>Change it there, or unset it to use a file.</source>
        <translation>请在那里更改，或取消设置以使用文件。</translation>
    </message>
    <message>
        <source>Changed “{setting}” under Settings; it holds from now on.</source>
        <translation>已在设置中更改“{setting}”，立即生效。</translation>
    </message>
    <message>
        <source>Chatter: each talks to everyone</source>
        <translation>闲聊：每人对所有人说话</translation>
    </message>
    <message>
        <source>Check again</source>
        <translation>重新检查</translation>
    </message>
    <message>
        <source>Check its brackets and quotes.</source>
        <translation>请检查括号和引号。</translation>
    </message>
    <message>
        <source>Check that it can be reached and written, or choose another one.</source>
        <translation>请检查能否访问和写入，或选择其他的。</translation>
    </message>
    <message>
        <source>Check the &amp;network…</source>
        <translation>检查网络(&amp;N)…</translation>
    </message>
    <message>
        <source>Check the clocks of both computers.</source>
        <translation>请检查两台电脑的时钟。</translation>
    </message>
    <message>
        <source>Check the network</source>
        <translation>检查网络</translation>
    </message>
    <message>
        <source>Checking…</source>
        <translation>正在检查…</translation>
    </message>
    <message>
        <source>Choose My network in the server bar to let others in.</source>
        <translation>在服务器栏选择“我的网络”让其他人进入。</translation>
    </message>
    <message>
        <source>Choose a line to lift it.</source>
        <translation>选择一行以解除。</translation>
    </message>
    <message>
        <source>Choose a lower level or change the search.</source>
        <translation>选择更低的级别或更改搜索。</translation>
    </message>
    <message>
        <source>Choose a row above to see what is in it.</source>
        <translation>在上方选择一行以查看内容。</translation>
    </message>
    <message>
        <source>Choose a time to come.</source>
        <translation>请选择将来的时间。</translation>
    </message>
    <message>
        <source>Choose another file or database.</source>
        <translation>请选择其他文件或数据库。</translation>
    </message>
    <message>
        <source>Choose another one to listen on.</source>
        <translation>请选择其他监听地址。</translation>
    </message>
    <message>
        <source>Choose another one.</source>
        <translation>请另选一个。</translation>
    </message>
    <message>
        <source>Choose one above 1023.</source>
        <translation>请选择大于 1023 的端口。</translation>
    </message>
    <message>
        <source>Choose one or many; Ctrl+A chooses all.</source>
        <translation>选择一个或多个；Ctrl+A 全选。</translation>
    </message>
    <message>
        <source>Choose one to end it.</source>
        <translation>选择一个以结束。</translation>
    </message>
    <message>
        <source>Choose one to see all about it, or many to act on them.</source>
        <translation>选择一个查看全部，或多个一起操作。</translation>
    </message>
    <message>
        <source>Choose the {name}</source>
        <translation>选择{name}</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>选择…</translation>
    </message>
    <message>
        <source>Chosen users</source>
        <translation>所选用户</translation>
    </message>
    <message>
        <source>Claim</source>
        <translation>声明</translation>
    </message>
    <message>
        <source>Claims</source>
        <translation>声明</translation>
    </message>
    <message>
        <source>Claims of the token</source>
        <translation>令牌的声明</translation>
    </message>
    <message>
        <source>Clear</source>
        <translation>清空</translation>
    </message>
    <message>
        <source>Clear messages…</source>
        <translation>清除消息…</translation>
    </message>
    <message>
        <source>Clear search</source>
        <translation>清空搜索</translation>
    </message>
    <message>
        <source>Clear the messages kept?</source>
        <translation>清除保留的消息？</translation>
    </message>
    <message>
        <source>Clear {messages}</source>
        <translation>清除 {messages}</translation>
    </message>
    <message>
        <source>Cleared</source>
        <translation>已清空</translation>
    </message>
    <message>
        <source>Cleared {messages}.</source>
        <translation>已清除 {messages}。</translation>
    </message>
    <message>
        <source>Cleared {rows}.</source>
        <translation>已清空 {rows}。</translation>
    </message>
    <message>
        <source>Client</source>
        <translation>客户端</translation>
    </message>
    <message>
        <source>Clients</source>
        <translation>客户端</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>关闭</translation>
    </message>
    <message>
        <source>Close (Esc)</source>
        <translation>关闭 (Esc)</translation>
    </message>
    <message>
        <source>Close Authws Desktop?</source>
        <translation>关闭 Authws Desktop？</translation>
    </message>
    <message>
        <source>Close now with</source>
        <translation>立即关闭，代码</translation>
    </message>
    <message>
        <source>Close that program, then try again.</source>
        <translation>请关闭该程序，然后重试。</translation>
    </message>
    <message>
        <source>Close that program.</source>
        <translation>请关闭该程序。</translation>
    </message>
    <message>
        <source>Close the detail</source>
        <translation>关闭详情</translation>
    </message>
    <message>
        <source>Close this note</source>
        <translation>关闭此提示</translation>
    </message>
    <message>
        <source>Closed: only you make accounts</source>
        <translation>关闭：只有你能创建账户</translation>
    </message>
    <message>
        <source>Closing the window</source>
        <translation>关闭窗口时</translation>
    </message>
    <message>
        <source>Cluster</source>
        <translation>集群</translation>
    </message>
    <message>
        <source>Code</source>
        <translation>代码</translation>
    </message>
    <message>
        <source>Code that joins the Wi-Fi {name}</source>
        <translation>加入 Wi-Fi {name} 的二维码</translation>
    </message>
    <message>
        <source>Colours</source>
        <translation>颜色</translation>
    </message>
    <message>
        <source>Come in: scan, or type</source>
        <translation>进入：扫码或输入</translation>
    </message>
    <message>
        <source>Comment</source>
        <translation>注释</translation>
    </message>
    <message>
        <source>Comment this row</source>
        <translation>注释此行</translation>
    </message>
    <message>
        <source>Comment…</source>
        <translation>注释…</translation>
    </message>
    <message>
        <source>Compare the last two runs</source>
        <translation>比较最近两次运行</translation>
    </message>
    <message>
        <source>Compare with a file…</source>
        <translation>与文件比较…</translation>
    </message>
    <message>
        <source>Compare with exported traffic</source>
        <translation>与导出的流量比较</translation>
    </message>
    <message>
        <source>Connect</source>
        <translation>连接</translation>
    </message>
    <message>
        <source>Connect your program</source>
        <translation>连接你的程序</translation>
    </message>
    <message>
        <source>Connected</source>
        <translation>已连接</translation>
    </message>
    <message>
        <source>Connected elsewhere</source>
        <translation>已在别处连接</translation>
    </message>
    <message>
        <source>Connected users</source>
        <translation>已连接的用户</translation>
    </message>
    <message>
        <source>Connection</source>
        <translation>连接</translation>
    </message>
    <message>
        <source>Connection #{number} {name}</source>
        <translation>连接 #{number} {name}</translation>
    </message>
    <message>
        <source>Connections</source>
        <translation>连接数</translation>
    </message>
    <message>
        <source>Connections accepted at the same time.</source>
        <translation>同时接受的连接数。</translation>
    </message>
    <message>
        <source>Connections are broken on purpose.</source>
        <translation>正在有意干扰连接。</translation>
    </message>
    <message>
        <source>Connections from one address</source>
        <translation>单个地址的连接数</translation>
    </message>
    <message>
        <source>Connections: {now} now, {most} at most in the last 2 minutes.</source>
        <translation>连接：现在 {now}，最近 2 分钟最多 {most}。</translation>
    </message>
    <message>
        <source>Content</source>
        <translation>内容</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>已复制</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>复制</translation>
    </message>
    <message>
        <source>Copy &amp;web address</source>
        <translation>复制网页地址(&amp;W)</translation>
    </message>
    <message>
        <source>Copy as JSON</source>
        <translation>复制为 JSON</translation>
    </message>
    <message>
        <source>Copy both</source>
        <translation>复制两者</translation>
    </message>
    <message>
        <source>Copy list</source>
        <translation>复制列表</translation>
    </message>
    <message>
        <source>Copy name</source>
        <translation>复制名称</translation>
    </message>
    <message>
        <source>Copy name and password</source>
        <translation>复制名称和密码</translation>
    </message>
    <message>
        <source>Copy names</source>
        <translation>复制名称</translation>
    </message>
    <message>
        <source>Copy password</source>
        <translation>复制密码</translation>
    </message>
    <message>
        <source>Copy payload</source>
        <translation>复制载荷</translation>
    </message>
    <message>
        <source>Copy the WebSocket address</source>
        <translation>复制 WebSocket 地址</translation>
    </message>
    <message>
        <source>Copy the address to try</source>
        <translation>复制测试地址</translation>
    </message>
    <message>
        <source>Copy the chosen lines, or all that are shown</source>
        <translation>复制所选行，或所有显示的行</translation>
    </message>
    <message>
        <source>Copy the payload as it was sent, without tokens and passwords</source>
        <translation>按发送原样复制载荷，不含令牌和密码</translation>
    </message>
    <message>
        <source>Copy the secret</source>
        <translation>复制密钥</translation>
    </message>
    <message>
        <source>Copy the snippet for {language}</source>
        <translation>复制 {language} 代码片段</translation>
    </message>
    <message>
        <source>Copy the versions</source>
        <translation>复制版本信息</translation>
    </message>
    <message>
        <source>Copy the web address</source>
        <translation>复制网页地址</translation>
    </message>
    <message>
        <source>Copy this message</source>
        <translation>复制此消息</translation>
    </message>
    <message>
        <source>Copy web address</source>
        <translation>复制网页地址</translation>
    </message>
    <message>
        <source>Copy {what}</source>
        <translation>复制{what}</translation>
    </message>
    <message>
        <source>Correct it, or move it away to start with defaults.</source>
        <translation>请更正，或将其移走以默认值启动。</translation>
    </message>
    <message>
        <source>Correct the rights of the file and its folder, or choose another data folder.</source>
        <translation>请更正该文件及其文件夹的权限，或选择其他数据文件夹。</translation>
    </message>
    <message>
        <source>Correct the rights of the file and its folder.</source>
        <translation>请更正该文件及其文件夹的权限。</translation>
    </message>
    <message>
        <source>Could not listen on {where}</source>
        <translation>无法监听 {where}</translation>
    </message>
    <message>
        <source>Counts by now.</source>
        <translation>现已生效。</translation>
    </message>
    <message>
        <source>Counts only {ahead} from now.</source>
        <translation>{ahead}后才生效。</translation>
    </message>
    <message>
        <source>Counts since {time}</source>
        <translation>自 {time} 起有效</translation>
    </message>
    <message>
        <source>Counts {time}</source>
        <translation>有效 {time}</translation>
    </message>
    <message>
        <source>Create invitation</source>
        <translation>创建邀请</translation>
    </message>
    <message>
        <source>Create one here and hand on its name and password, or make a test user with a token and ready snippets. People may also register by themselves while registration is open.</source>
        <translation>在此创建一个并交出名称和密码，或创建带令牌和现成代码片段的测试用户。注册开放期间，人们也可自行注册。</translation>
    </message>
    <message>
        <source>Create user</source>
        <translation>创建用户</translation>
    </message>
    <message>
        <source>Create {accounts}</source>
        <translation>创建 {accounts}</translation>
    </message>
    <message>
        <source>Created</source>
        <translation>创建于</translation>
    </message>
    <message>
        <source>Created {accounts}.</source>
        <translation>已创建 {accounts}。</translation>
    </message>
    <message>
        <source>Created {accounts}. The passwords stay on the Accounts page until you put them away.</source>
        <translation>已创建 {accounts}。密码会留在账户页，直到你收起。</translation>
    </message>
    <message>
        <source>Created {accounts}. They log in with the passwords they have.</source>
        <translation>已创建 {accounts}，用原有密码登录。</translation>
    </message>
    <message>
        <source>Created {name}.</source>
        <translation>已创建 {name}。</translation>
    </message>
    <message>
        <source>Cut after</source>
        <translation>截断于</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>深色</translation>
    </message>
    <message>
        <source>Database address</source>
        <translation>数据库地址</translation>
    </message>
    <message>
        <source>Database: {state}</source>
        <translation>数据库：{state}</translation>
    </message>
    <message>
        <source>Debug</source>
        <translation>调试</translation>
    </message>
    <message>
        <source>Default: {default}</source>
        <translation>默认：{default}</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>删除</translation>
    </message>
    <message>
        <source>Delete this user…</source>
        <translation>删除此用户…</translation>
    </message>
    <message>
        <source>Delete {accounts}</source>
        <translation>删除 {accounts}</translation>
    </message>
    <message>
        <source>Delete {names}?</source>
        <translation>删除 {names}？</translation>
    </message>
    <message>
        <source>Deletes {who} for good and {ends}.</source>
        <translation>永久删除 {who} 并{ends}。</translation>
    </message>
    <message>
        <source>Delivery</source>
        <translation>投递</translation>
    </message>
    <message>
        <source>Denies {names}.</source>
        <translation>拒绝 {names}。</translation>
    </message>
    <message>
        <source>Deny</source>
        <translation>拒绝</translation>
    </message>
    <message>
        <source>Deny {names}?</source>
        <translation>拒绝 {names}？</translation>
    </message>
    <message>
        <source>Deny…</source>
        <translation>拒绝…</translation>
    </message>
    <message>
        <source>Desktop</source>
        <translation>桌面</translation>
    </message>
    <message>
        <source>Detail of the row</source>
        <translation>行详情</translation>
    </message>
    <message>
        <source>Development</source>
        <translation>开发</translation>
    </message>
    <message>
        <source>Development writes a more detailed log.</source>
        <translation>开发环境会写更详细的日志。</translation>
    </message>
    <message>
        <source>Did not authenticate in time ({code}).</source>
        <translation>未及时验证身份 ({code})。</translation>
    </message>
    <message>
        <source>Did the program mean “{value}”?</source>
        <translation>程序想用的是“{value}”吗？</translation>
    </message>
    <message>
        <source>Did you mean {each}?</source>
        <translation>您是指 {each} 吗？</translation>
    </message>
    <message>
        <source>Did you mean “{value}”?</source>
        <translation>你想用的是“{value}”吗？</translation>
    </message>
    <message>
        <source>Dir</source>
        <translation>方向</translation>
    </message>
    <message>
        <source>Direction</source>
        <translation>方向</translation>
    </message>
    <message>
        <source>Directs</source>
        <translation>私信</translation>
    </message>
    <message>
        <source>Directs among guests</source>
        <translation>访客间私信</translation>
    </message>
    <message>
        <source>Disable</source>
        <translation>停用</translation>
    </message>
    <message>
        <source>Disable {names}?</source>
        <translation>停用 {names}？</translation>
    </message>
    <message>
        <source>Disables {who} and {ends}.</source>
        <translation>停用 {who} 并{ends}。</translation>
    </message>
    <message>
        <source>Disconnect</source>
        <translation>断开</translation>
    </message>
    <message>
        <source>Disconnect everyone now ({clients}); all have to log in again</source>
        <translation>立即断开所有人 ({clients})；所有人都须重新登录</translation>
    </message>
    <message>
        <source>Disconnect {connections}?</source>
        <translation>断开{connections}？</translation>
    </message>
    <message>
        <source>Disconnect {whom}?</source>
        <translation>断开 {whom}？</translation>
    </message>
    <message>
        <source>Disconnected by the host ({code}).</source>
        <translation>被主持人断开 ({code})。</translation>
    </message>
    <message>
        <source>Disconnects {connections} now, and refuses every new one.</source>
        <translation>立即断开 {connections} 并拒绝所有新连接。</translation>
    </message>
    <message>
        <source>Do not ask again (Settings, Desktop)</source>
        <translation>不再询问 (设置 &gt; 桌面)</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>完成</translation>
    </message>
    <message>
        <source>Done as {client}. What followed is in the traffic.</source>
        <translation>已以 {client} 身份完成。后续见流量。</translation>
    </message>
    <message>
        <source>Doubled</source>
        <translation>重复</translation>
    </message>
    <message>
        <source>Drag to show only a part of the time; a double click shows all.</source>
        <translation>拖动可只显示一段时间；双击显示全部。</translation>
    </message>
    <message>
        <source>Drain</source>
        <translation>排空</translation>
    </message>
    <message>
        <source>Drain for</source>
        <translation>移交时长</translation>
    </message>
    <message>
        <source>Drain {node}?</source>
        <translation>排空 {node}？</translation>
    </message>
    <message>
        <source>Drain…</source>
        <translation>排空…</translation>
    </message>
    <message>
        <source>Each account gets a generated password of its own.</source>
        <translation>每个账户都会得到自己的生成密码。</translation>
    </message>
    <message>
        <source>Each node sends 2,000 rows a second at most.</source>
        <translation>每个节点每秒最多发送 2,000 行。</translation>
    </message>
    <message>
        <source>Echo: each writes to the next one, who writes back</source>
        <translation>回声：每人写给下一人，对方回写</translation>
    </message>
    <message>
        <source>Edit</source>
        <translation>编辑</translation>
    </message>
    <message>
        <source>Edit {names}</source>
        <translation>编辑 {names}</translation>
    </message>
    <message>
        <source>Empty for an open network.</source>
        <translation>开放网络请留空。</translation>
    </message>
    <message>
        <source>Empty the view; can be undone for 10 s (Ctrl+L)</source>
        <translation>清空视图；10 秒内可撤销 (Ctrl+L)</translation>
    </message>
    <message>
        <source>Empty: HS256 with this server&apos;s secret. Or public keys: a PEM or JWKS file, or a JWKS URL.</source>
        <translation>留空：用本服务器密钥的 HS256。或公钥：PEM 或 JWKS 文件，或 JWKS 网址。</translation>
    </message>
    <message>
        <source>Empty: SQLite in the data folder. Or an SQLAlchemy URL; takes effect at next launch.</source>
        <translation>留空：数据文件夹中的 SQLite。或 SQLAlchemy 网址；下次启动生效。</translation>
    </message>
    <message>
        <source>Empty: alone. redis://HOST:PORT/0?name=NAME: one of several (docs/cluster.md).</source>
        <translation>留空：单机。redis://HOST:PORT/0?name=NAME：多台之一 (docs/cluster.md)。</translation>
    </message>
    <message>
        <source>Empty: info in production, debug in development.</source>
        <translation>留空：生产为 info，开发为 debug。</translation>
    </message>
    <message>
        <source>Enable</source>
        <translation>启用</translation>
    </message>
    <message>
        <source>Enable the account to let them in.</source>
        <translation>要让对方进入，请启用账户。</translation>
    </message>
    <message>
        <source>Enable {username} or lift the ban to let them in.</source>
        <translation>要让对方进入，请启用 {username} 或解除封禁。</translation>
    </message>
    <message>
        <source>Enabled {names}.</source>
        <translation>已启用 {names}。</translation>
    </message>
    <message>
        <source>End</source>
        <translation>结束</translation>
    </message>
    <message>
        <source>End all</source>
        <translation>全部结束</translation>
    </message>
    <message>
        <source>End all guests?</source>
        <translation>结束所有访客？</translation>
    </message>
    <message>
        <source>End faults</source>
        <translation>结束故障</translation>
    </message>
    <message>
        <source>End guests</source>
        <translation>结束访客</translation>
    </message>
    <message>
        <source>End guests…</source>
        <translation>结束访客…</translation>
    </message>
    <message>
        <source>End {guests}…</source>
        <translation>结束 {guests}…</translation>
    </message>
    <message>
        <source>Ending connections…</source>
        <translation>正在结束连接…</translation>
    </message>
    <message>
        <source>Ends</source>
        <translation>结束</translation>
    </message>
    <message>
        <source>Ends after</source>
        <translation>多久后结束</translation>
    </message>
    <message>
        <source>Engine: {engine} · {envelopes} envelopes told, {items} items, {dropped} dropped</source>
        <translation>引擎：{engine} · 已通知 {envelopes} 封，{items} 项，丢弃 {dropped}</translation>
    </message>
    <message>
        <source>Environment</source>
        <translation>环境</translation>
    </message>
    <message>
        <source>Error</source>
        <translation>错误</translation>
    </message>
    <message>
        <source>Error &amp;before	Shift+F8</source>
        <translation>上一个错误(&amp;B)	Shift+F8</translation>
    </message>
    <message>
        <source>Errors</source>
        <translation>错误</translation>
    </message>
    <message>
        <source>Everybody behind the same router may share an address.</source>
        <translation>同一路由器后的人可能共用一个地址。</translation>
    </message>
    <message>
        <source>Everyone</source>
        <translation>所有人</translation>
    </message>
    <message>
        <source>Everyone ({connections})</source>
        <translation>所有人 ({connections})</translation>
    </message>
    <message>
        <source>Everything</source>
        <translation>全部</translation>
    </message>
    <message>
        <source>Everything that passes shows up here. Programs connect to {address}</source>
        <translation>经过的一切都显示在这里。程序连接到 {address}</translation>
    </message>
    <message>
        <source>Expired {time}</source>
        <translation>已过期 {time}</translation>
    </message>
    <message>
        <source>Expired {value} ago.</source>
        <translation>已于{value}前过期。</translation>
    </message>
    <message>
        <source>Expires</source>
        <translation>过期</translation>
    </message>
    <message>
        <source>Expires in {value}.</source>
        <translation>将在{value}后过期。</translation>
    </message>
    <message>
        <source>Expires {time}</source>
        <translation>过期 {time}</translation>
    </message>
    <message>
        <source>Export CSV</source>
        <translation>导出 CSV</translation>
    </message>
    <message>
        <source>Export all</source>
        <translation>全部导出</translation>
    </message>
    <message>
        <source>Export all acts</source>
        <translation>导出全部操作</translation>
    </message>
    <message>
        <source>Export all…</source>
        <translation>全部导出…</translation>
    </message>
    <message>
        <source>Export and open</source>
        <translation>导出并打开</translation>
    </message>
    <message>
        <source>Export filtered…</source>
        <translation>导出筛选结果…</translation>
    </message>
    <message>
        <source>Export messages…</source>
        <translation>导出消息…</translation>
    </message>
    <message>
        <source>Export selected…</source>
        <translation>导出所选…</translation>
    </message>
    <message>
        <source>Export {accounts}</source>
        <translation>导出 {accounts}</translation>
    </message>
    <message>
        <source>Export {messages}</source>
        <translation>导出 {messages}</translation>
    </message>
    <message>
        <source>Export {rows}</source>
        <translation>导出 {rows}</translation>
    </message>
    <message>
        <source>Exported rows (*.jsonl)</source>
        <translation>导出的行 (*.jsonl)</translation>
    </message>
    <message>
        <source>Exported {accounts} to {file}.</source>
        <translation>已导出 {accounts} 到 {file}。</translation>
    </message>
    <message>
        <source>Exported {acts} to {file}.</source>
        <translation>已导出 {acts} 到 {file}。</translation>
    </message>
    <message>
        <source>Exported {messages} to {file}.</source>
        <translation>已导出 {messages} 到 {file}。</translation>
    </message>
    <message>
        <source>Exported {rows} to {file}.</source>
        <translation>已导出 {rows} 到 {file}。</translation>
    </message>
    <message>
        <source>Exporting to {file}</source>
        <translation>正在导出到 {file}</translation>
    </message>
    <message>
        <source>F&amp;ilter	/</source>
        <translation>筛选(&amp;I)	/</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>失败</translation>
    </message>
    <message>
        <source>Failed logins</source>
        <translation>登录失败</translation>
    </message>
    <message>
        <source>Failures</source>
        <translation>失败次数</translation>
    </message>
    <message>
        <source>Failures in 15 minutes on an account before growing waits; an address may fail on five times as many accounts; 0: no limit.</source>
        <translation>15 分钟内单个账户的失败次数，超过后等待递增；单个地址可涉及五倍的账户；0：不限。</translation>
    </message>
    <message>
        <source>Fair</source>
        <translation>一般</translation>
    </message>
    <message>
        <source>Faults</source>
        <translation>故障</translation>
    </message>
    <message>
        <source>Faults that are on</source>
        <translation>生效的故障</translation>
    </message>
    <message>
        <source>Field &apos;before&apos; must be the id of a message of this server.</source>
        <translation>字段 &apos;before&apos; 必须是此服务器上某条消息的 ID。</translation>
    </message>
    <message>
        <source>Field &apos;id&apos; must be the id of a message of this server.</source>
        <translation>字段 &apos;id&apos; 必须是此服务器上某条消息的 ID。</translation>
    </message>
    <message>
        <source>Field &apos;{value}&apos; is missing.</source>
        <translation>缺少字段 &apos;{value}&apos;。</translation>
    </message>
    <message>
        <source>Field &apos;{value}&apos; must be {words}.</source>
        <translation>字段 &apos;{value}&apos; 必须是 {words}。</translation>
    </message>
    <message>
        <source>Field &apos;{value}&apos;: {value_}.</source>
        <translation>字段 &apos;{value}&apos;：{value_}。</translation>
    </message>
    <message>
        <source>Files: your own certificate</source>
        <translation>文件：自己的证书</translation>
    </message>
    <message>
        <source>Filter</source>
        <translation>筛选</translation>
    </message>
    <message>
        <source>Filter: words user: type: code: size&gt;1k /regex/ !not</source>
        <translation>筛选：词 user: type: code: size&gt;1k /regex/ !排除</translation>
    </message>
    <message>
        <source>Find in this payload</source>
        <translation>在此载荷中查找</translation>
    </message>
    <message>
        <source>First client</source>
        <translation>首个客户端</translation>
    </message>
    <message>
        <source>Follow</source>
        <translation>跟随</translation>
    </message>
    <message>
        <source>Follow the system</source>
        <translation>跟随系统</translation>
    </message>
    <message>
        <source>Follow the system, or always light or dark.</source>
        <translation>跟随系统，或始终浅色或深色。</translation>
    </message>
    <message>
        <source>For</source>
        <translation>用于</translation>
    </message>
    <message>
        <source>For PostgreSQL install authws-desktop[postgresql].</source>
        <translation>使用 PostgreSQL 请安装 authws-desktop[postgresql]。</translation>
    </message>
    <message>
        <source>For a Linux or macOS shell with Node.js; then type messages as JSON.</source>
        <translation>用于装有 Node.js 的 Linux 或 macOS 终端；然后以 JSON 输入消息。</translation>
    </message>
    <message>
        <source>For a Linux or macOS shell.</source>
        <translation>用于 Linux 或 macOS 终端。</translation>
    </message>
    <message>
        <source>For a class or event</source>
        <translation>用于班级或活动</translation>
    </message>
    <message>
        <source>For a day</source>
        <translation>一天</translation>
    </message>
    <message>
        <source>For a week</source>
        <translation>一周</translation>
    </message>
    <message>
        <source>For an hour</source>
        <translation>一小时</translation>
    </message>
    <message>
        <source>For programs</source>
        <translation>用于程序</translation>
    </message>
    <message>
        <source>For whom</source>
        <translation>给谁</translation>
    </message>
    <message>
        <source>Forget this filter</source>
        <translation>忘记此筛选</translation>
    </message>
    <message>
        <source>Forget this message</source>
        <translation>忘记此消息</translation>
    </message>
    <message>
        <source>Fragments of</source>
        <translation>分片大小</translation>
    </message>
    <message>
        <source>Frame over the size limit ({code}).</source>
        <translation>帧超过大小上限 ({code})。</translation>
    </message>
    <message>
        <source>Freeze the view; nothing is lost (Space)</source>
        <translation>冻结视图；不会丢失任何内容 (空格)</translation>
    </message>
    <message>
        <source>From</source>
        <translation>从</translation>
    </message>
    <message>
        <source>From clients only</source>
        <translation>仅来自客户端</translation>
    </message>
    <message>
        <source>From now on.</source>
        <translation>从现在起。</translation>
    </message>
    <message>
        <source>From telling the others to hearing it back from the engine</source>
        <translation>从通知其他节点到经引擎收到回音</translation>
    </message>
    <message>
        <source>Frozen: nothing passes, and nothing is closed</source>
        <translation>冻结：什么也不通过，也不关闭</translation>
    </message>
    <message>
        <source>Gaps</source>
        <translation>缺口</translation>
    </message>
    <message>
        <source>Generate</source>
        <translation>生成</translation>
    </message>
    <message>
        <source>Generate a new one</source>
        <translation>生成新的</translation>
    </message>
    <message>
        <source>Give the account the role host, if it is to do this.</source>
        <translation>如果该账户应当这样做，请给它 host 角色。</translation>
    </message>
    <message>
        <source>Good</source>
        <translation>良好</translation>
    </message>
    <message>
        <source>Guest</source>
        <translation>访客</translation>
    </message>
    <message>
        <source>Guests</source>
        <translation>访客</translation>
    </message>
    <message>
        <source>Guests may come in by name</source>
        <translation>访客可凭名称进入</translation>
    </message>
    <message>
        <source>Guests may not write to each other here.</source>
        <translation>这里的访客不能互相写信。</translation>
    </message>
    <message>
        <source>Guests may write to each other</source>
        <translation>访客可互相写信</translation>
    </message>
    <message>
        <source>HS256 needs a long random text.</source>
        <translation>HS256 需要一段长的随机文本。</translation>
    </message>
    <message>
        <source>HS256 needs a secret: a long random text.</source>
        <translation>HS256 需要密钥：一段长的随机文本。</translation>
    </message>
    <message>
        <source>HS256 needs at least {min_secret_bytes} bytes: with fewer, tokens can be forged by trying secrets.</source>
        <translation>HS256 至少需要 {min_secret_bytes} 字节：更短时可通过尝试密钥伪造令牌。</translation>
    </message>
    <message>
        <source>Hand on the link of an invitation.</source>
        <translation>请交出一个邀请的链接。</translation>
    </message>
    <message>
        <source>Header</source>
        <translation>头部</translation>
    </message>
    <message>
        <source>Hex</source>
        <translation>十六进制</translation>
    </message>
    <message>
        <source>Hide password</source>
        <translation>隐藏密码</translation>
    </message>
    <message>
        <source>Hide the secret</source>
        <translation>隐藏密钥</translation>
    </message>
    <message>
        <source>Hide this type</source>
        <translation>隐藏此类型</translation>
    </message>
    <message>
        <source>Highlight</source>
        <translation>高亮</translation>
    </message>
    <message>
        <source>History</source>
        <translation>历史</translation>
    </message>
    <message>
        <source>History file</source>
        <translation>历史文件</translation>
    </message>
    <message>
        <source>History from {oldest} to {newest}: {rows}, read-only.</source>
        <translation>{oldest} 至 {newest} 的历史：{rows}，只读。</translation>
    </message>
    <message>
        <source>History…</source>
        <translation>历史…</translation>
    </message>
    <message>
        <source>Holds for passwords that are set from now on; under 8 they are easily guessed.</source>
        <translation>适用于今后设置的密码；少于 8 位容易被猜中。</translation>
    </message>
    <message>
        <source>Host</source>
        <translation>主持人</translation>
    </message>
    <message>
        <source>How long</source>
        <translation>时长</translation>
    </message>
    <message>
        <source>How long a login lasts; holds for tokens issued from now on.</source>
        <translation>一次登录的有效时间；适用于今后签发的令牌。</translation>
    </message>
    <message>
        <source>How many</source>
        <translation>多少</translation>
    </message>
    <message>
        <source>How many people.</source>
        <translation>多少人。</translation>
    </message>
    <message>
        <source>How often an idle connection is pinged.</source>
        <translation>多久 ping 一次空闲连接。</translation>
    </message>
    <message>
        <source>Idle</source>
        <translation>空闲</translation>
    </message>
    <message>
        <source>If it is forgotten, give a new one: Reset password.</source>
        <translation>如果忘记了，请给一个新的：重置密码。</translation>
    </message>
    <message>
        <source>If others cannot connect, allow the port.</source>
        <translation>如果其他人无法连接，请允许该端口。</translation>
    </message>
    <message>
        <source>If others cannot connect: Windows Security, Firewall &amp; network protection, Allow an app through firewall; or this line in a terminal run as administrator:</source>
        <translation>如果其他人无法连接：Windows 安全中心、防火墙和网络保护、允许应用通过防火墙；或在以管理员身份运行的终端中执行此行：</translation>
    </message>
    <message>
        <source>If others cannot connect: {macos_clicks}.</source>
        <translation>如果其他人无法连接：{macos_clicks}。</translation>
    </message>
    <message>
        <source>Import a list</source>
        <translation>导入列表</translation>
    </message>
    <message>
        <source>Import accounts</source>
        <translation>导入账户</translation>
    </message>
    <message>
        <source>Import it in parts.</source>
        <translation>请分批导入。</translation>
    </message>
    <message>
        <source>Import…</source>
        <translation>导入…</translation>
    </message>
    <message>
        <source>In</source>
        <translation>收</translation>
    </message>
    <message>
        <source>In a client&apos;s name</source>
        <translation>以客户端身份</translation>
    </message>
    <message>
        <source>In a cluster, a server that stops sends its clients to the others over this long.</source>
        <translation>在集群中，停止的服务器在这段时间内把客户端移交给其他服务器。</translation>
    </message>
    <message>
        <source>In the way</source>
        <translation>阻碍</translation>
    </message>
    <message>
        <source>In/s</source>
        <translation>入/秒</translation>
    </message>
    <message>
        <source>In: {now}/s now, {most}/s at most.</source>
        <translation>收：现在 {now}/秒，最多 {most}/秒。</translation>
    </message>
    <message>
        <source>Indent</source>
        <translation>缩进</translation>
    </message>
    <message>
        <source>Info</source>
        <translation>信息</translation>
    </message>
    <message>
        <source>Info and above</source>
        <translation>信息及以上</translation>
    </message>
    <message>
        <source>Inspect a token…</source>
        <translation>检查令牌…</translation>
    </message>
    <message>
        <source>Invitations</source>
        <translation>邀请</translation>
    </message>
    <message>
        <source>Invite: whoever has an invitation code</source>
        <translation>邀请：持有邀请码的人</translation>
    </message>
    <message>
        <source>Is the clock right?</source>
        <translation>时钟正确吗？</translation>
    </message>
    <message>
        <source>Issued</source>
        <translation>签发</translation>
    </message>
    <message>
        <source>Issued by &apos;{issuer}&apos;, whose tokens you let in.</source>
        <translation>由 &apos;{issuer}&apos; 签发，你接受其令牌。</translation>
    </message>
    <message>
        <source>Issued by now.</source>
        <translation>现已签发。</translation>
    </message>
    <message>
        <source>Issued by this program.</source>
        <translation>由本程序签发。</translation>
    </message>
    <message>
        <source>Issued in the future, {time}</source>
        <translation>签发于将来，{time}</translation>
    </message>
    <message>
        <source>Issued only {ahead} from now.</source>
        <translation>签发时间在{ahead}之后。</translation>
    </message>
    <message>
        <source>Issued {time}</source>
        <translation>签发于 {time}</translation>
    </message>
    <message>
        <source>It answers at every address of this computer.</source>
        <translation>它在此电脑的所有地址上应答。</translation>
    </message>
    <message>
        <source>It counts until their tokens expire or are revoked.</source>
        <translation>在其令牌过期或被吊销前有效。</translation>
    </message>
    <message>
        <source>It does not answer this computer itself at {names}.</source>
        <translation>在 {names} 上连此电脑自身也得不到应答。</translation>
    </message>
    <message>
        <source>It does not fall asleep while clients are connected, where the system offers that.</source>
        <translation>在系统支持时，有客户端连接就不休眠。</translation>
    </message>
    <message>
        <source>It ends by itself, or when you lift it.</source>
        <translation>自动结束，或由你解除。</translation>
    </message>
    <message>
        <source>It is Windows itself (often IIS or the World Wide Web Publishing Service): stop it in Services.</source>
        <translation>是 Windows 自身（通常是 IIS 或 World Wide Web Publishing Service）：请在“服务”中停止它。</translation>
    </message>
    <message>
        <source>It is allowed by now.</source>
        <translation>现在已允许。</translation>
    </message>
    <message>
        <source>It is one of {known}.</source>
        <translation>是 {known} 之一。</translation>
    </message>
    <message>
        <source>It may be AirPlay: System Settings, General, AirDrop &amp; Handoff, AirPlay Receiver.</source>
        <translation>可能是 AirPlay：系统设置、通用、隔空投送与接力、隔空播放接收器。</translation>
    </message>
    <message>
        <source>It stands before the content, as long as the program runs.</source>
        <translation>程序运行期间，它显示在内容之前。</translation>
    </message>
    <message>
        <source>It was left as it is. To do it all the same, press {button} again.</source>
        <translation>保持原样。若仍要执行，请再按一次 {button}。</translation>
    </message>
    <message>
        <source>Its network is gone, or its device sleeps, or its program was ended.</source>
        <translation>其网络中断，或设备休眠，或程序已结束。</translation>
    </message>
    <message>
        <source>Its tokens are refused until they can.</source>
        <translation>在此之前其令牌会被拒绝。</translation>
    </message>
    <message>
        <source>JSON Lines (*.jsonl)</source>
        <translation>JSON Lines (*.jsonl)</translation>
    </message>
    <message>
        <source>JSON Lines, can be opened again (*.jsonl)</source>
        <translation>JSON Lines，可再次打开 (*.jsonl)</translation>
    </message>
    <message>
        <source>JSON Lines, can be replayed (*.jsonl)</source>
        <translation>JSON Lines，可重放 (*.jsonl)</translation>
    </message>
    <message>
        <source>JSON has no {name}.</source>
        <translation>JSON 没有 {name}。</translation>
    </message>
    <message>
        <source>JSON is malformed:</source>
        <translation>JSON 格式错误：</translation>
    </message>
    <message>
        <source>JWT_SECRET holds a key pair.</source>
        <translation>JWT_SECRET 包含密钥对。</translation>
    </message>
    <message>
        <source>JWT_SECRET is not text.</source>
        <translation>JWT_SECRET 不是文本。</translation>
    </message>
    <message>
        <source>JWT_SECRET is {secret} bytes long.</source>
        <translation>JWT_SECRET 长 {secret} 字节。</translation>
    </message>
    <message>
        <source>Join from a phone: scan the code, or open {address}.</source>
        <translation>用手机加入：扫描二维码，或打开 {address}。</translation>
    </message>
    <message>
        <source>Keep it on top</source>
        <translation>置顶</translation>
    </message>
    <message>
        <source>Keep it on top, also for who comes later</source>
        <translation>置顶，后来的人也能看到</translation>
    </message>
    <message>
        <source>Keep messages for</source>
        <translation>消息保留期</translation>
    </message>
    <message>
        <source>Keep messages for who was away</source>
        <translation>为不在场者保留消息</translation>
    </message>
    <message>
        <source>Keep people connected; old tokens stay valid until they expire</source>
        <translation>保持连接；旧令牌在过期前有效</translation>
    </message>
    <message>
        <source>Keep running in the tray</source>
        <translation>在托盘中继续运行</translation>
    </message>
    <message>
        <source>Keep the audit for</source>
        <translation>审计保留期</translation>
    </message>
    <message>
        <source>Keep the computer awake</source>
        <translation>保持电脑唤醒</translation>
    </message>
    <message>
        <source>Keep the newest line in view</source>
        <translation>保持最新行可见</translation>
    </message>
    <message>
        <source>Keep the newest row in view (F)</source>
        <translation>保持最新行可见 (F)</translation>
    </message>
    <message>
        <source>Keep the role each has</source>
        <translation>保留各自的角色</translation>
    </message>
    <message>
        <source>Keep the server running</source>
        <translation>保持服务器运行</translation>
    </message>
    <message>
        <source>Keep-alive every</source>
        <translation>保活间隔</translation>
    </message>
    <message>
        <source>Kept in a file of its own; survives a restart</source>
        <translation>保存在单独文件中；重启后仍在</translation>
    </message>
    <message>
        <source>Kept in {file}</source>
        <translation>保存在 {file}</translation>
    </message>
    <message>
        <source>Kept sending over the rate limit ({code}).</source>
        <translation>持续发送超过速率限制 ({code})。</translation>
    </message>
    <message>
        <source>Key file</source>
        <translation>密钥文件</translation>
    </message>
    <message>
        <source>Keys come from a file, or from an address such as https://login.example.org/.well-known/jwks.json.</source>
        <translation>密钥来自文件，或来自类似 https://login.example.org/.well-known/jwks.json 的地址。</translation>
    </message>
    <message>
        <source>Keys of those tokens</source>
        <translation>这些令牌的密钥</translation>
    </message>
    <message>
        <source>Lag</source>
        <translation>延迟</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>语言</translation>
    </message>
    <message>
        <source>Language of the window</source>
        <translation>窗口语言</translation>
    </message>
    <message>
        <source>Largest message</source>
        <translation>最大消息</translation>
    </message>
    <message>
        <source>Last login</source>
        <translation>上次登录</translation>
    </message>
    <message>
        <source>Last run</source>
        <translation>最近一次运行</translation>
    </message>
    <message>
        <source>Last seen</source>
        <translation>上次在线</translation>
    </message>
    <message>
        <source>Last used</source>
        <translation>上次使用</translation>
    </message>
    <message>
        <source>Late by</source>
        <translation>延迟</translation>
    </message>
    <message>
        <source>Leave it empty for SQLite, or write postgresql://user:password@host/name.</source>
        <translation>使用 SQLite 请留空，否则写 postgresql://user:password@host/name。</translation>
    </message>
    <message>
        <source>Leave it out to have a password generated.</source>
        <translation>省略它即可生成密码。</translation>
    </message>
    <message>
        <source>Left out: {rows}</source>
        <translation>略去：{rows}</translation>
    </message>
    <message>
        <source>Let everyone write to everyone; nobody is disconnected.</source>
        <translation>允许所有人给所有人写信；不断开任何人。</translation>
    </message>
    <message>
        <source>Let guests in by name alone; nobody is disconnected.</source>
        <translation>允许访客仅凭名称进入；不断开任何人。</translation>
    </message>
    <message>
        <source>Let in who has a token of another issuer: off; known: who has an account here; anyone.</source>
        <translation>允许持其他签发者令牌的人进入：off：否；known：在此有账户的人；anyone：任何人。</translation>
    </message>
    <message>
        <source>Let my network in</source>
        <translation>让我的网络进入</translation>
    </message>
    <message>
        <source>Let the client log in again and use the new token.</source>
        <translation>请让客户端重新登录并使用新令牌。</translation>
    </message>
    <message>
        <source>Let them try again now</source>
        <translation>允许立即重试</translation>
    </message>
    <message>
        <source>Let tokens run out now</source>
        <translation>让令牌立即过期</translation>
    </message>
    <message>
        <source>Let your network in?</source>
        <translation>让你的网络进入？</translation>
    </message>
    <message>
        <source>Let {username} log in again, or hand on a new token.</source>
        <translation>请让 {username} 重新登录，或交出新令牌。</translation>
    </message>
    <message>
        <source>Lets this device trust that computer&apos;s server.</source>
        <translation>让此设备信任那台电脑的服务器。</translation>
    </message>
    <message>
        <source>Lets {names} try again now.</source>
        <translation>允许 {names} 立即重试。</translation>
    </message>
    <message>
        <source>Level</source>
        <translation>级别</translation>
    </message>
    <message>
        <source>Life of the token</source>
        <translation>令牌有效期</translation>
    </message>
    <message>
        <source>Lift</source>
        <translation>解除</translation>
    </message>
    <message>
        <source>Lift the ban to let them in.</source>
        <translation>要让对方进入，请解除封禁。</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>浅色</translation>
    </message>
    <message>
        <source>Line</source>
        <translation>行</translation>
    </message>
    <message>
        <source>Line for a terminal</source>
        <translation>终端命令行</translation>
    </message>
    <message>
        <source>Line {line} has a quote too many or too few.</source>
        <translation>第 {line} 行的引号多了或少了。</translation>
    </message>
    <message>
        <source>Line {line} of the file {file} cannot be understood; is a quotation mark missing?</source>
        <translation>无法理解文件 {file} 的第 {line} 行；是否缺少引号？</translation>
    </message>
    <message>
        <source>Lines of the list</source>
        <translation>列表的行</translation>
    </message>
    <message>
        <source>Link</source>
        <translation>链接</translation>
    </message>
    <message>
        <source>Link of the chosen invitation</source>
        <translation>所选邀请的链接</translation>
    </message>
    <message>
        <source>Listen on</source>
        <translation>监听</translation>
    </message>
    <message>
        <source>Listen on another address?</source>
        <translation>监听其他地址？</translation>
    </message>
    <message>
        <source>Listening on {places}, port {value}.</source>
        <translation>正在监听 {places}，端口 {value}。</translation>
    </message>
    <message>
        <source>Lists (*.csv *.tsv *.txt *.json *.jsonl);;All files (*)</source>
        <translation>列表 (*.csv *.tsv *.txt *.json *.jsonl);;所有文件 (*)</translation>
    </message>
    <message>
        <source>Live</source>
        <translation>实时</translation>
    </message>
    <message>
        <source>Local: a certificate made here</source>
        <translation>本地：在此制作的证书</translation>
    </message>
    <message>
        <source>Lock-outs</source>
        <translation>锁定</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>日志</translation>
    </message>
    <message>
        <source>Log in again.</source>
        <translation>请重新登录。</translation>
    </message>
    <message>
        <source>Log in within</source>
        <translation>登录期限</translation>
    </message>
    <message>
        <source>Log level</source>
        <translation>日志级别</translation>
    </message>
    <message>
        <source>Logged in with this token already.</source>
        <translation>已使用此令牌登录。</translation>
    </message>
    <message>
        <source>Login cards</source>
        <translation>登录卡</translation>
    </message>
    <message>
        <source>Login cards for {accounts}</source>
        <translation>{accounts}的登录卡</translation>
    </message>
    <message>
        <source>Login cards…</source>
        <translation>登录卡…</translation>
    </message>
    <message>
        <source>Login refused</source>
        <translation>登录被拒绝</translation>
    </message>
    <message>
        <source>Logins</source>
        <translation>登录</translation>
    </message>
    <message>
        <source>Logs {who} out everywhere: {ends}.</source>
        <translation>在所有地方注销 {who}：{ends}。</translation>
    </message>
    <message>
        <source>Look at it again, then repeat what is still wanted.</source>
        <translation>请再看一次，然后重复仍需要的操作。</translation>
    </message>
    <message>
        <source>Look at this</source>
        <translation>请注意</translation>
    </message>
    <message>
        <source>Look for a newer version</source>
        <translation>查找新版本</translation>
    </message>
    <message>
        <source>Look for a typing error, or make one.</source>
        <translation>请查找输入错误，或创建一个。</translation>
    </message>
    <message>
        <source>Look for a typing error: /openapi.json has every path.</source>
        <translation>请查找输入错误：/openapi.json 中有全部路径。</translation>
    </message>
    <message>
        <source>Look-around and back-references cannot be searched.</source>
        <translation>不能搜索环视和反向引用。</translation>
    </message>
    <message>
        <source>Lost</source>
        <translation>丢失</translation>
    </message>
    <message>
        <source>Lost, as the connection closed: {lost}.</source>
        <translation>因连接关闭而丢失：{lost}。</translation>
    </message>
    <message>
        <source>Lowest level shown</source>
        <translation>显示的最低级别</translation>
    </message>
    <message>
        <source>Made ready {done} of {all}</source>
        <translation>已准备 {done}/{all}</translation>
    </message>
    <message>
        <source>Made {when}</source>
        <translation>创建于 {when}</translation>
    </message>
    <message>
        <source>Make a new code</source>
        <translation>生成新二维码</translation>
    </message>
    <message>
        <source>Make another invitation, and hand on its link.</source>
        <translation>请创建另一个邀请，并交出其链接。</translation>
    </message>
    <message>
        <source>Make it a test</source>
        <translation>做成测试</translation>
    </message>
    <message>
        <source>Make it a test…</source>
        <translation>做成测试…</translation>
    </message>
    <message>
        <source>Make room, then try again.</source>
        <translation>请腾出空间，然后重试。</translation>
    </message>
    <message>
        <source>Make room.</source>
        <translation>请腾出空间。</translation>
    </message>
    <message>
        <source>Make the account yourself, or let anybody register; nobody is disconnected.</source>
        <translation>请自己创建账户，或允许任何人注册；不断开任何人。</translation>
    </message>
    <message>
        <source>Mark</source>
        <translation>标记</translation>
    </message>
    <message>
        <source>Marks rows without hiding the others; same language as the filter.</source>
        <translation>标记行而不隐藏其他行；语法与筛选相同。</translation>
    </message>
    <message>
        <source>Meaning</source>
        <translation>含义</translation>
    </message>
    <message>
        <source>Meant for another service.</source>
        <translation>用于另一个服务。</translation>
    </message>
    <message>
        <source>Meanwhile {rows} made room for new ones.</source>
        <translation>其间 {rows}已为新行让位。</translation>
    </message>
    <message>
        <source>Median</source>
        <translation>中位数</translation>
    </message>
    <message>
        <source>Member</source>
        <translation>成员</translation>
    </message>
    <message>
        <source>Memory for rows</source>
        <translation>行的内存</translation>
    </message>
    <message>
        <source>Message</source>
        <translation>消息</translation>
    </message>
    <message>
        <source>Message as JSON</source>
        <translation>JSON 消息</translation>
    </message>
    <message>
        <source>Message burst</source>
        <translation>消息突发</translation>
    </message>
    <message>
        <source>Message rate</source>
        <translation>消息速率</translation>
    </message>
    <message>
        <source>Messages</source>
        <translation>消息</translation>
    </message>
    <message>
        <source>Messages a connection may send at once before the rate applies.</source>
        <translation>速率限制生效前，一个连接可一次发送的消息数。</translation>
    </message>
    <message>
        <source>Messages a second each connection may send; 0 switches the limit off.</source>
        <translation>每个连接每秒可发送的消息数；0 表示不限。</translation>
    </message>
    <message>
        <source>Messages in a second</source>
        <translation>每秒收到的消息</translation>
    </message>
    <message>
        <source>Messages kept</source>
        <translation>保留的消息</translation>
    </message>
    <message>
        <source>Messages of each</source>
        <translation>每人的消息</translation>
    </message>
    <message>
        <source>Messages out a second</source>
        <translation>每秒发出的消息</translation>
    </message>
    <message>
        <source>Messages out: {now}/s now, {most}/s at most.</source>
        <translation>发出消息：现在 {now}/秒，最多 {most}/秒。</translation>
    </message>
    <message>
        <source>MiB</source>
        <translation>MiB</translation>
    </message>
    <message>
        <source>Minimise and keep running</source>
        <translation>最小化并继续运行</translation>
    </message>
    <message>
        <source>More or less</source>
        <translation>上下浮动</translation>
    </message>
    <message>
        <source>Move it away to begin a new one.</source>
        <translation>将其移走即可新建一个。</translation>
    </message>
    <message>
        <source>Move the folder away to make new ones.</source>
        <translation>将文件夹移走即可新建。</translation>
    </message>
    <message>
        <source>Move the folder {folder} away and start the server again; devices then have to trust it anew.</source>
        <translation>请将文件夹 {folder} 移走并重新启动服务器；之后各设备须重新信任它。</translation>
    </message>
    <message>
        <source>My network</source>
        <translation>我的网络</translation>
    </message>
    <message>
        <source>My network  ·  every address of this computer</source>
        <translation>我的网络  ·  此电脑的所有地址</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Name in the network</source>
        <translation>网络中的名称</translation>
    </message>
    <message>
        <source>Name its file in Settings, Security, or let one be made.</source>
        <translation>请在设置的“安全”中指定其文件，或让程序制作一个。</translation>
    </message>
    <message>
        <source>Names</source>
        <translation>名称</translation>
    </message>
    <message>
        <source>Names and passwords</source>
        <translation>名称和密码</translation>
    </message>
    <message>
        <source>Names are compared without regard to case.</source>
        <translation>名称不区分大小写。</translation>
    </message>
    <message>
        <source>Names, besides this computer&apos;s own, by which clients may address the server, such as hub.example.org or *.example.org.</source>
        <translation>除此电脑自己的名称外，客户端可用来访问服务器的名称，如 hub.example.org 或 *.example.org。</translation>
    </message>
    <message>
        <source>Needs Qt 6 with its module WebSockets.</source>
        <translation>需要 Qt 6 及其 WebSockets 模块。</translation>
    </message>
    <message>
        <source>Neither ufw nor firewalld is on.</source>
        <translation>ufw 和 firewalld 都未开启。</translation>
    </message>
    <message>
        <source>Network</source>
        <translation>网络</translation>
    </message>
    <message>
        <source>Never</source>
        <translation>从不</translation>
    </message>
    <message>
        <source>New devices first open {url}</source>
        <translation>新设备先打开 {url}</translation>
    </message>
    <message>
        <source>New password</source>
        <translation>新密码</translation>
    </message>
    <message>
        <source>New passwords; nobody else knows them.</source>
        <translation>新密码；没有其他人知道。</translation>
    </message>
    <message>
        <source>New secret</source>
        <translation>新密钥</translation>
    </message>
    <message>
        <source>New test user</source>
        <translation>新测试用户</translation>
    </message>
    <message>
        <source>New traffic shows up here.</source>
        <translation>新流量会显示在这里。</translation>
    </message>
    <message>
        <source>New user</source>
        <translation>新用户</translation>
    </message>
    <message>
        <source>Newcomers see</source>
        <translation>新人可见</translation>
    </message>
    <message>
        <source>Newcomers wait here once registration needs your approval.</source>
        <translation>注册需要你批准时，新人在此等候。</translation>
    </message>
    <message>
        <source>Newer</source>
        <translation>较新</translation>
    </message>
    <message>
        <source>Next &amp;error	F8</source>
        <translation>下一个错误(&amp;E)	F8</translation>
    </message>
    <message>
        <source>Next (Return)</source>
        <translation>下一个 (Return)</translation>
    </message>
    <message>
        <source>Next sheet</source>
        <translation>下一页</translation>
    </message>
    <message>
        <source>No account chosen</source>
        <translation>未选择账户</translation>
    </message>
    <message>
        <source>No account matches “{search}”</source>
        <translation>没有账户匹配“{search}”</translation>
    </message>
    <message>
        <source>No accounts yet</source>
        <translation>还没有账户</translation>
    </message>
    <message>
        <source>No act matches</source>
        <translation>没有匹配的操作</translation>
    </message>
    <message>
        <source>No certificate is chosen.</source>
        <translation>未选择证书。</translation>
    </message>
    <message>
        <source>No connection has this in name, address or app.</source>
        <translation>没有连接在名称、地址或应用中含有它。</translation>
    </message>
    <message>
        <source>No connection is broken on purpose.</source>
        <translation>没有连接被有意干扰。</translation>
    </message>
    <message>
        <source>No firewall is in the way: neither ufw, firewalld nor nftables filters.</source>
        <translation>没有防火墙阻挡：ufw、firewalld 和 nftables 都不过滤。</translation>
    </message>
    <message>
        <source>No firewall that this program knows was found (ufw, firewalld, nftables).</source>
        <translation>未找到本程序认识的防火墙（ufw、firewalld、nftables）。</translation>
    </message>
    <message>
        <source>No invitation yet. Create one above and hand on its link.</source>
        <translation>还没有邀请。在上方创建一个并交出链接。</translation>
    </message>
    <message>
        <source>No key is chosen.</source>
        <translation>未选择密钥。</translation>
    </message>
    <message>
        <source>No line can be used.</source>
        <translation>没有可用的行。</translation>
    </message>
    <message>
        <source>No line matches</source>
        <translation>没有匹配的行</translation>
    </message>
    <message>
        <source>No messages are kept.</source>
        <translation>没有保留的消息。</translation>
    </message>
    <message>
        <source>No row chosen</source>
        <translation>未选择行</translation>
    </message>
    <message>
        <source>No row passes the filter</source>
        <translation>没有行通过筛选</translation>
    </message>
    <message>
        <source>No rule of Windows Defender Firewall lets this program in on {name} networks.</source>
        <translation>Windows Defender 防火墙没有规则允许本程序在 {name} 网络上通信。</translation>
    </message>
    <message>
        <source>No token counts now.</source>
        <translation>目前没有有效令牌。</translation>
    </message>
    <message>
        <source>No traffic yet</source>
        <translation>还没有流量</translation>
    </message>
    <message>
        <source>Open its page</source>
        <translation>打开其网页</translation>
    </message>
    <message>
        <source>Quitting stops the server, which disconnects them.</source>
        <translation>退出会停止服务器并断开其连接。</translation>
    </message>
    <message>
        <source>Tell of newer versions</source>
        <translation>通知新版本</translation>
    </message>
    <message>
        <source>The page of this program cannot be reached.</source>
        <translation>无法访问本程序的网页。</translation>
    </message>
    <message>
        <source>The page of this program gave an answer that is not understood.</source>
        <translation>本程序的网页给出了无法理解的回答。</translation>
    </message>
    <message>
        <source>The page of this program told no version that can be compared.</source>
        <translation>本程序的网页没有给出可比较的版本。</translation>
    </message>
    <message>
        <source>There is no field &apos;{value}&apos; here.</source>
        <translation>此处没有字段“{value}”。</translation>
    </message>
    <message>
        <source>This is the newest version.</source>
        <translation>这是最新版本。</translation>
    </message>
    <message>
        <source>Version {version} is there.</source>
        <translation>版本 {version} 已发布。</translation>
    </message>
    <message>
        <source>Version {version} is there. About Authws Desktop, in the menu Help, leads to it.</source>
        <translation>版本 {version} 已发布。“帮助”菜单中的“关于 Authws Desktop”可前往。</translation>
    </message>
    <message>
        <source>another port, such as {next_free}</source>
        <translation>其他端口，如 {next_free}</translation>
    </message>
    <message>
        <source>compiled</source>
        <translation>已编译</translation>
    </message>
    <message>
        <source>is wrong at character {value}</source>
        <translation>在第 {value} 个字符处有误</translation>
    </message>
    <message>
        <source>it ends too early (byte {data})</source>
        <translation>结束得太早（第 {data} 字节）</translation>
    </message>
    <message>
        <source>No, not with the same frame.</source>
        <translation>不，不能用同一帧。</translation>
    </message>
    <message>
        <source>No.</source>
        <translation>不。</translation>
    </message>
    <message>
        <source>Nobody found</source>
        <translation>未找到任何人</translation>
    </message>
    <message>
        <source>Nobody has to wait</source>
        <translation>没有人需要等待</translation>
    </message>
    <message>
        <source>Nobody is banned. Choose somebody on the Live page to ban the user or the address.</source>
        <translation>没有人被封禁。在实时页选择某人即可封禁用户或地址。</translation>
    </message>
    <message>
        <source>Nobody is connected</source>
        <translation>无人连接</translation>
    </message>
    <message>
        <source>Nobody is disconnected now; new connections and logins are refused.</source>
        <translation>现在不断开任何人；新连接和登录会被拒绝。</translation>
    </message>
    <message>
        <source>Nobody is disconnected.</source>
        <translation>不断开任何人。</translation>
    </message>
    <message>
        <source>Nobody is here yet</source>
        <translation>还没有人</translation>
    </message>
    <message>
        <source>Nobody is known by that id or name.</source>
        <translation>没有人使用该 ID 或名称。</translation>
    </message>
    <message>
        <source>Nobody is known by the id or name in &apos;with&apos;.</source>
        <translation>没有人使用 &apos;with&apos; 中的 ID 或名称。</translation>
    </message>
    <message>
        <source>Nobody is logged in, so nothing was sent.</source>
        <translation>没有人登录，因此未发送任何内容。</translation>
    </message>
    <message>
        <source>Nobody waits.</source>
        <translation>没有人在等。</translation>
    </message>
    <message>
        <source>Nobody waits: registration does not ask for your approval now.</source>
        <translation>没有人在等：目前注册不需要你批准。</translation>
    </message>
    <message>
        <source>Node</source>
        <translation>节点</translation>
    </message>
    <message>
        <source>Node {name} of {count} · {here} here · {all} in all</source>
        <translation>节点 {name}/{count} · 本机 {here} · 总计 {all}</translation>
    </message>
    <message>
        <source>Nodes</source>
        <translation>节点</translation>
    </message>
    <message>
        <source>None of the chosen users is connected any more, so nothing was sent.</source>
        <translation>所选用户都已不在连接中，因此未发送任何内容。</translation>
    </message>
    <message>
        <source>Not a token: ASCII text of up to {max_token_chars} characters.</source>
        <translation>不是令牌：最多 {max_token_chars} 个字符的 ASCII 文本。</translation>
    </message>
    <message>
        <source>Not acknowledged yet.</source>
        <translation>尚未确认。</translation>
    </message>
    <message>
        <source>Not issued by &apos;{issuer}&apos;.</source>
        <translation>不是由 &apos;{issuer}&apos; 签发。</translation>
    </message>
    <message>
        <source>Not logged in</source>
        <translation>未登录</translation>
    </message>
    <message>
        <source>Not three parts of JSON and signature in base64url.</source>
        <translation>不是由 JSON 和签名组成的三段 base64url。</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>备注</translation>
    </message>
    <message>
        <source>Nothing</source>
        <translation>无</translation>
    </message>
    <message>
        <source>Nothing has been logged yet</source>
        <translation>还没有日志</translation>
    </message>
    <message>
        <source>Nothing is kept yet. What passes from now on shows up here.</source>
        <translation>尚未保留任何内容。今后经过的会显示在这里。</translation>
    </message>
    <message>
        <source>Nothing is kept, and everybody has an account.</source>
        <translation>不保留任何内容，每个人都有账户。</translation>
    </message>
    <message>
        <source>Nothing is saved any more, and the file is left as it is.</source>
        <translation>不再保存任何内容，文件保持原样。</translation>
    </message>
    <message>
        <source>Nothing is saved any more.</source>
        <translation>不再保存任何内容。</translation>
    </message>
    <message>
        <source>Nothing like this is in it.</source>
        <translation>其中没有这样的内容。</translation>
    </message>
    <message>
        <source>Nothing was changed.</source>
        <translation>未作任何更改。</translation>
    </message>
    <message>
        <source>Nothing was done yet</source>
        <translation>还没有任何操作</translation>
    </message>
    <message>
        <source>Of a recording, each says what its first user said, over and over.</source>
        <translation>按录制内容，每人反复说其首位用户说过的话。</translation>
    </message>
    <message>
        <source>Of any kind, from one address of another computer; a whole class or event may share one.</source>
        <translation>任何类型，来自其他电脑的单个地址；整个班级或活动可能共用一个。</translation>
    </message>
    <message>
        <source>Of anyone</source>
        <translation>任何人的</translation>
    </message>
    <message>
        <source>Of people with an account</source>
        <translation>有账户的人的</translation>
    </message>
    <message>
        <source>Of the messages kept: nothing, what was said since their account was made, also the last 50 before, or all.</source>
        <translation>在保留的消息中：无；自账户创建以来的；还有之前的 50 条；或全部。</translation>
    </message>
    <message>
        <source>Of the web client, such as en, de or pt-BR. Empty: each browser&apos;s own.</source>
        <translation>网页客户端的语言，如 en、de 或 pt-BR。留空：随各浏览器。</translation>
    </message>
    <message>
        <source>Of these late: {late}, the last one after {after_s}.</source>
        <translation>其中延迟：{late}，最后一个在 {after_s} 后。</translation>
    </message>
    <message>
        <source>Off</source>
        <translation>关</translation>
    </message>
    <message>
        <source>Off: a guest cannot write to another guest alone.</source>
        <translation>关：访客不能单独给另一位访客写信。</translation>
    </message>
    <message>
        <source>Off: plain http and ws</source>
        <translation>关：普通 http 和 ws</translation>
    </message>
    <message>
        <source>Older</source>
        <translation>较旧</translation>
    </message>
    <message>
        <source>Older ones are forgotten; a message for somebody who is away waits as long.</source>
        <translation>较旧的会被遗忘；给不在场者的消息也等这么久。</translation>
    </message>
    <message>
        <source>Older rows are dropped when their payloads take more than this.</source>
        <translation>载荷超过此值时丢弃较旧的行。</translation>
    </message>
    <message>
        <source>On</source>
        <translation>开</translation>
    </message>
    <message>
        <source>On now</source>
        <translation>当前生效</translation>
    </message>
    <message>
        <source>On top: {text}</source>
        <translation>置顶：{text}</translation>
    </message>
    <message>
        <source>On: people come in by name alone, without a password. They end when the server stops.</source>
        <translation>开：仅凭名称即可进入，无需密码。服务器停止时结束。</translation>
    </message>
    <message>
        <source>On: the web client sends pictures, shrunk to 1,280 pixels and 300 kB.</source>
        <translation>开：网页客户端发送图片，缩小到 1,280 像素和 300 kB。</translation>
    </message>
    <message>
        <source>Once</source>
        <translation>一次</translation>
    </message>
    <message>
        <source>One connection</source>
        <translation>一个连接</translation>
    </message>
    <message>
        <source>One person a line: a name, and if you like a password and a role (member or host), separated by comma, semicolon or tab. Who has no password gets a generated one. A table of users with bcrypt hashes, as CSV or JSON, moves in with the passwords they have.</source>
        <translation>每行一人：名称，可选密码和角色 (member 或 host)，用逗号、分号或制表符分隔。没有密码的会生成一个。带 bcrypt 哈希的用户表 (CSV 或 JSON) 可连同原密码迁入。</translation>
    </message>
    <message>
        <source>Only after a new login.</source>
        <translation>只有重新登录之后。</translation>
    </message>
    <message>
        <source>Only frames can be sent again</source>
        <translation>只能重新发送帧</translation>
    </message>
    <message>
        <source>Only hosts</source>
        <translation>仅主持人</translation>
    </message>
    <message>
        <source>Only hosts write to everyone</source>
        <translation>只有主持人能写给所有人</translation>
    </message>
    <message>
        <source>Only the beginning of this frame was kept</source>
        <translation>此帧只保留了开头</translation>
    </message>
    <message>
        <source>Only the host may write to everyone now.</source>
        <translation>现在只有主持人可以给所有人写信。</translation>
    </message>
    <message>
        <source>Only the node that they are connected to knows their address</source>
        <translation>只有他们所连接的节点知道其地址</translation>
    </message>
    <message>
        <source>Only this computer can come in now.</source>
        <translation>现在只有此电脑可以进入。</translation>
    </message>
    <message>
        <source>Only this computer can open the address now. Others need it to find the login.</source>
        <translation>现在只有此电脑能打开该地址。其他人需要它才能登录。</translation>
    </message>
    <message>
        <source>Only this computer can open this address.</source>
        <translation>只有此电脑能打开此地址。</translation>
    </message>
    <message>
        <source>Only this computer can reach it.</source>
        <translation>只有此电脑能访问。</translation>
    </message>
    <message>
        <source>Only you see it.</source>
        <translation>只有你能看到。</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>打开</translation>
    </message>
    <message>
        <source>Open Authws Desktop</source>
        <translation>打开 Authws Desktop</translation>
    </message>
    <message>
        <source>Open a file…</source>
        <translation>打开文件…</translation>
    </message>
    <message>
        <source>Open a list of names</source>
        <translation>打开名单</translation>
    </message>
    <message>
        <source>Open account</source>
        <translation>打开账户</translation>
    </message>
    <message>
        <source>Open exported traffic</source>
        <translation>打开导出的流量</translation>
    </message>
    <message>
        <source>Open in browser</source>
        <translation>在浏览器中打开</translation>
    </message>
    <message>
        <source>Open this address in a browser on this computer.</source>
        <translation>在此电脑的浏览器中打开此地址。</translation>
    </message>
    <message>
        <source>Open {address} in a browser here, or let other devices in.</source>
        <translation>在此处的浏览器中打开 {address}，或让其他设备进入。</translation>
    </message>
    <message>
        <source>Open: anyone who reaches the server</source>
        <translation>开放：任何能连到服务器的人</translation>
    </message>
    <message>
        <source>Opening {file}</source>
        <translation>正在打开 {file}</translation>
    </message>
    <message>
        <source>Opening {where}…</source>
        <translation>正在打开 {where}…</translation>
    </message>
    <message>
        <source>Opens this window and starts the server when you log in to this computer.</source>
        <translation>登录此电脑时打开窗口并启动服务器。</translation>
    </message>
    <message>
        <source>Optional. They are told it when they are disconnected or refused.</source>
        <translation>可选。断开或拒绝时会告知对方。</translation>
    </message>
    <message>
        <source>Or allow twice as many from each address; nobody is disconnected.</source>
        <translation>或允许每个地址的连接数加倍；不断开任何人。</translation>
    </message>
    <message>
        <source>Or give everyone twice the time to log in; nobody is disconnected.</source>
        <translation>或给每个人加倍的登录时间；不断开任何人。</translation>
    </message>
    <message>
        <source>Or let everyone send frames twice as large; nobody is disconnected.</source>
        <translation>或允许所有人发送加倍大小的帧；不断开任何人。</translation>
    </message>
    <message>
        <source>Or let twice as much wait for who reads slowly; nobody is disconnected.</source>
        <translation>或让读取缓慢者的等待量加倍；不断开任何人。</translation>
    </message>
    <message>
        <source>Or remove the rule as administrator:</source>
        <translation>或以管理员身份删除该规则：</translation>
    </message>
    <message>
        <source>Or use that copy, or quit it first.</source>
        <translation>或使用那个副本，或先退出它。</translation>
    </message>
    <message>
        <source>Others in this network use {port}{adapter}.</source>
        <translation>此网络中的其他人使用{port}{adapter}。</translation>
    </message>
    <message>
        <source>Others may use {port}, but {adapter} is a virtual network or a VPN.</source>
        <translation>其他人也许可以使用{port}，但 {adapter} 是虚拟网络或 VPN。</translation>
    </message>
    <message>
        <source>Others reach this server: break their connections, too</source>
        <translation>其他人能访问此服务器：也干扰他们的连接</translation>
    </message>
    <message>
        <source>Out</source>
        <translation>发</translation>
    </message>
    <message>
        <source>Out/s</source>
        <translation>出/秒</translation>
    </message>
    <message>
        <source>Outcome</source>
        <translation>结果</translation>
    </message>
    <message>
        <source>PDF files (*.pdf)</source>
        <translation>PDF 文件 (*.pdf)</translation>
    </message>
    <message>
        <source>PEM files (*.pem *.crt *.cer *.key);;All files (*)</source>
        <translation>PEM 文件 (*.pem *.crt *.cer *.key);;所有文件 (*)</translation>
    </message>
    <message>
        <source>PEM without a password; for your own files.</source>
        <translation>无密码的 PEM；用于自己的文件。</translation>
    </message>
    <message>
        <source>PEM, with the chain below it; for your own files.</source>
        <translation>PEM，其下附证书链；用于自己的文件。</translation>
    </message>
    <message>
        <source>Pages of {origin} may not connect.</source>
        <translation>{origin} 的页面不可连接。</translation>
    </message>
    <message>
        <source>Paper</source>
        <translation>纸张</translation>
    </message>
    <message>
        <source>Part</source>
        <translation>部分</translation>
    </message>
    <message>
        <source>Parts of the token</source>
        <translation>令牌的部分</translation>
    </message>
    <message>
        <source>Password</source>
        <translation>密码</translation>
    </message>
    <message>
        <source>Password strength: {strength}</source>
        <translation>密码强度：{strength}</translation>
    </message>
    <message>
        <source>Paste</source>
        <translation>粘贴</translation>
    </message>
    <message>
        <source>Paste a token here: three parts with dots between them.</source>
        <translation>在此粘贴令牌：以点分隔的三部分。</translation>
    </message>
    <message>
        <source>Paste a token to see what it says and whether this server accepts it.</source>
        <translation>粘贴令牌，查看其内容以及服务器是否接受。</translation>
    </message>
    <message>
        <source>Paste it into the console of a page on this server, or into a page&apos;s script.</source>
        <translation>请粘贴到此服务器上某个页面的控制台，或页面的脚本中。</translation>
    </message>
    <message>
        <source>Path</source>
        <translation>路径</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>暂停</translation>
    </message>
    <message>
        <source>Payload as JSON</source>
        <translation>JSON 载荷</translation>
    </message>
    <message>
        <source>Payload as bytes</source>
        <translation>字节载荷</translation>
    </message>
    <message>
        <source>Payload as text</source>
        <translation>文本载荷</translation>
    </message>
    <message>
        <source>People</source>
        <translation>人员</translation>
    </message>
    <message>
        <source>People who are logged in</source>
        <translation>已登录的人</translation>
    </message>
    <message>
        <source>People, invitations, or who waits</source>
        <translation>人员、邀请，或谁在等</translation>
    </message>
    <message>
        <source>Phones join by scanning the code. The password is not kept when the program ends.</source>
        <translation>手机扫描二维码即可加入。程序结束后不保留密码。</translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation>图片</translation>
    </message>
    <message>
        <source>Pictures in the web client</source>
        <translation>网页客户端中的图片</translation>
    </message>
    <message>
        <source>Ping</source>
        <translation>Ping</translation>
    </message>
    <message>
        <source>Port</source>
        <translation>端口</translation>
    </message>
    <message>
        <source>Port {port} is in use by {who}.</source>
        <translation>端口 {port} 正被{who}使用。</translation>
    </message>
    <message>
        <source>Presence</source>
        <translation>在线状态</translation>
    </message>
    <message>
        <source>Press / and then Escape to empty the filter, or choose more kinds of rows above.</source>
        <translation>按 / 再按 Escape 清空筛选，或在上方选择更多行类型。</translation>
    </message>
    <message>
        <source>Press Start above to let people connect.</source>
        <translation>按上方的“启动”让人们连接。</translation>
    </message>
    <message>
        <source>Press Start to listen on {where}</source>
        <translation>按“启动”监听 {where}</translation>
    </message>
    <message>
        <source>Press Start, then check again.</source>
        <translation>按“启动”，再检查一次。</translation>
    </message>
    <message>
        <source>Pretty</source>
        <translation>格式化</translation>
    </message>
    <message>
        <source>Preview</source>
        <translation>预览</translation>
    </message>
    <message>
        <source>Preview of the sheet</source>
        <translation>页面预览</translation>
    </message>
    <message>
        <source>Previous (Shift+Return)</source>
        <translation>上一个 (Shift+Return)</translation>
    </message>
    <message>
        <source>Previous sheet</source>
        <translation>上一页</translation>
    </message>
    <message>
        <source>Print the PDF at its real size, then cut along the lines.</source>
        <translation>按实际尺寸打印 PDF，再沿线裁剪。</translation>
    </message>
    <message>
        <source>Production</source>
        <translation>生产</translation>
    </message>
    <message>
        <source>Program</source>
        <translation>程序</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>进度</translation>
    </message>
    <message>
        <source>Projector</source>
        <translation>投影</translation>
    </message>
    <message>
        <source>Put away</source>
        <translation>收起</translation>
    </message>
    <message>
        <source>Put away: the password is not kept anywhere</source>
        <translation>收起：密码不会保存在任何地方</translation>
    </message>
    <message>
        <source>Put it back, or begin a new one.</source>
        <translation>请放回原处，或新建一个。</translation>
    </message>
    <message>
        <source>Put one name on each line.</source>
        <translation>请每行写一个名称。</translation>
    </message>
    <message>
        <source>Put the file back, or ban somebody, which writes it again.</source>
        <translation>请放回该文件，或封禁某人，即会重新写入。</translation>
    </message>
    <message>
        <source>Put the file back, or renew the secret, which writes it again.</source>
        <translation>请放回该文件，或更新密钥，即会重新写入。</translation>
    </message>
    <message>
        <source>Put the file back, or restart the program to begin with what is there.</source>
        <translation>请放回该文件，或重启程序以现有内容开始。</translation>
    </message>
    <message>
        <source>Put the file back, or save a setting, which writes it again.</source>
        <translation>请放回该文件，或保存一项设置，即会重新写入。</translation>
    </message>
    <message>
        <source>Put the right file in its place, then restart the program.</source>
        <translation>请放上正确的文件，然后重启程序。</translation>
    </message>
    <message>
        <source>QR code of {address}</source>
        <translation>{address} 的二维码</translation>
    </message>
    <message>
        <source>QR code of {address}. Press Escape to close.</source>
        <translation>{address} 的二维码。按 Escape 关闭。</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>退出</translation>
    </message>
    <message>
        <source>Quit and lose the passwords?</source>
        <translation>退出并丢失密码？</translation>
    </message>
    <message>
        <source>Raise its limit (ulimit -n, or LimitNOFILE of a service) to {needed} and start it again.</source>
        <translation>请将其上限（ulimit -n，或服务的 LimitNOFILE）提高到 {needed}，然后重新启动。</translation>
    </message>
    <message>
        <source>Raw</source>
        <translation>原始</translation>
    </message>
    <message>
        <source>Reachable from: {scope}</source>
        <translation>可访问范围：{scope}</translation>
    </message>
    <message>
        <source>Reached from this computer. Now try it from another one.</source>
        <translation>已从此电脑访问到。现在换一台试试。</translation>
    </message>
    <message>
        <source>Reached from {address} in {time} ms</source>
        <translation>{time} 毫秒内从 {address} 访问到</translation>
    </message>
    <message>
        <source>Read line {done} of {all}</source>
        <translation>已读第 {done}/{all} 行</translation>
    </message>
    <message>
        <source>Reads too slowly ({code}).</source>
        <translation>读取太慢 ({code})。</translation>
    </message>
    <message>
        <source>Real accounts with real connections, in a process of their own. Their names begin with bot-, and they are removed at the end.</source>
        <translation>在单独进程中用真实连接的真实账户。名称以 bot- 开头，结束时删除。</translation>
    </message>
    <message>
        <source>Reason</source>
        <translation>原因</translation>
    </message>
    <message>
        <source>Received</source>
        <translation>收到</translation>
    </message>
    <message>
        <source>Received; nothing was passed on.</source>
        <translation>已收到；没有转发。</translation>
    </message>
    <message>
        <source>Recording {file}</source>
        <translation>录制 {file}</translation>
    </message>
    <message>
        <source>Refused</source>
        <translation>拒绝</translation>
    </message>
    <message>
        <source>Registration</source>
        <translation>注册</translation>
    </message>
    <message>
        <source>Registration is closed: invitations do not work.</source>
        <translation>注册已关闭：邀请无效。</translation>
    </message>
    <message>
        <source>Registration is open: nobody needs an invitation.</source>
        <translation>注册已开放：无需邀请。</translation>
    </message>
    <message>
        <source>Registration needs an invitation code.</source>
        <translation>注册需要邀请码。</translation>
    </message>
    <message>
        <source>Registration needs your approval: invitations are not asked for.</source>
        <translation>注册需要你批准：不要求邀请。</translation>
    </message>
    <message>
        <source>Registrations</source>
        <translation>注册数</translation>
    </message>
    <message>
        <source>Registrations in 15 minutes from one address; 0 switches the limit off.</source>
        <translation>单个地址 15 分钟内的注册数；0 表示不限。</translation>
    </message>
    <message>
        <source>Remember this message</source>
        <translation>记住此消息</translation>
    </message>
    <message>
        <source>Remove it after the event.</source>
        <translation>请在活动结束后移除。</translation>
    </message>
    <message>
        <source>Remove it, or write {settings_version}.</source>
        <translation>请移除，或写为 {settings_version}。</translation>
    </message>
    <message>
        <source>Remove it.</source>
        <translation>请移除。</translation>
    </message>
    <message>
        <source>Repair it, or move it away to start without bans.</source>
        <translation>请修复，或将其移走以无封禁状态启动。</translation>
    </message>
    <message>
        <source>Replace</source>
        <translation>替换</translation>
    </message>
    <message>
        <source>Replace it.</source>
        <translation>请替换。</translation>
    </message>
    <message>
        <source>Replace the signing secret</source>
        <translation>替换签名密钥</translation>
    </message>
    <message>
        <source>Replace…</source>
        <translation>替换…</translation>
    </message>
    <message>
        <source>Request</source>
        <translation>请求</translation>
    </message>
    <message>
        <source>Require approval</source>
        <translation>要求批准</translation>
    </message>
    <message>
        <source>Require invitations</source>
        <translation>要求邀请</translation>
    </message>
    <message>
        <source>Resend</source>
        <translation>重发</translation>
    </message>
    <message>
        <source>Resend…</source>
        <translation>重发…</translation>
    </message>
    <message>
        <source>Reset password</source>
        <translation>重置密码</translation>
    </message>
    <message>
        <source>Reset password of {name}</source>
        <translation>重置 {name} 的密码</translation>
    </message>
    <message>
        <source>Reset passwords</source>
        <translation>重置密码</translation>
    </message>
    <message>
        <source>Reset passwords of {accounts}</source>
        <translation>重置{accounts}的密码</translation>
    </message>
    <message>
        <source>Response</source>
        <translation>响应</translation>
    </message>
    <message>
        <source>Restore it from a backup, or move it away to start with no accounts.</source>
        <translation>请从备份恢复，或将其移走以无账户状态启动。</translation>
    </message>
    <message>
        <source>Restore it from a backup, or move it away: then a new secret is made and everyone logs in again.</source>
        <translation>请从备份恢复，或将其移走：届时会生成新密钥，所有人须重新登录。</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>继续</translation>
    </message>
    <message>
        <source>Revert</source>
        <translation>还原</translation>
    </message>
    <message>
        <source>Revoke</source>
        <translation>吊销</translation>
    </message>
    <message>
        <source>Revoke all</source>
        <translation>全部吊销</translation>
    </message>
    <message>
        <source>Revoke all sessions of {whom}?</source>
        <translation>吊销 {whom} 的所有会话？</translation>
    </message>
    <message>
        <source>Revoke all…</source>
        <translation>全部吊销…</translation>
    </message>
    <message>
        <source>Revoke invitations?</source>
        <translation>吊销邀请？</translation>
    </message>
    <message>
        <source>Revoke some that are no longer needed.</source>
        <translation>请吊销一些不再需要的。</translation>
    </message>
    <message>
        <source>Revokes {invitations}. Their links stop working at once.</source>
        <translation>吊销{invitations}。其链接立即失效。</translation>
    </message>
    <message>
        <source>Revokes {sessions} and ends {connections}.</source>
        <translation>吊销{sessions}并结束{connections}。</translation>
    </message>
    <message>
        <source>Revoke…</source>
        <translation>吊销…</translation>
    </message>
    <message>
        <source>Role</source>
        <translation>角色</translation>
    </message>
    <message>
        <source>Roles are &apos;host&apos; and &apos;member&apos;.</source>
        <translation>角色为 &apos;host&apos; 和 &apos;member&apos;。</translation>
    </message>
    <message>
        <source>Room</source>
        <translation>房间</translation>
    </message>
    <message>
        <source>Round trip of the last WebSocket ping</source>
        <translation>上次 WebSocket ping 的往返时间</translation>
    </message>
    <message>
        <source>Rows</source>
        <translation>行</translation>
    </message>
    <message>
        <source>Rows after these</source>
        <translation>之后的行</translation>
    </message>
    <message>
        <source>Rows before these</source>
        <translation>之前的行</translation>
    </message>
    <message>
        <source>Rows kept</source>
        <translation>保留的行</translation>
    </message>
    <message>
        <source>Rows of all nodes</source>
        <translation>所有节点的行</translation>
    </message>
    <message>
        <source>Rows side by side</source>
        <translation>并排显示行</translation>
    </message>
    <message>
        <source>Rules of nftables can be read by root only; to see them:</source>
        <translation>只有 root 能读取 nftables 的规则；查看方法：</translation>
    </message>
    <message>
        <source>Running</source>
        <translation>运行中</translation>
    </message>
    <message>
        <source>S&amp;ort by</source>
        <translation>排序方式(&amp;O)</translation>
    </message>
    <message>
        <source>Save</source>
        <translation>保存</translation>
    </message>
    <message>
        <source>Save (Ctrl+S)</source>
        <translation>保存 (Ctrl+S)</translation>
    </message>
    <message>
        <source>Save CSV…</source>
        <translation>保存 CSV…</translation>
    </message>
    <message>
        <source>Save and disconnect?</source>
        <translation>保存并断开？</translation>
    </message>
    <message>
        <source>Save as PDF…</source>
        <translation>存为 PDF…</translation>
    </message>
    <message>
        <source>Save it as &apos;CSV UTF-8&apos; and try again.</source>
        <translation>请另存为 &apos;CSV UTF-8&apos; 后重试。</translation>
    </message>
    <message>
        <source>Save it as Client.cs and add it to an object of the scene.</source>
        <translation>存为 Client.cs 并添加到场景中的对象。</translation>
    </message>
    <message>
        <source>Save it as Client.java.</source>
        <translation>存为 Client.java。</translation>
    </message>
    <message>
        <source>Save it as UTF-8.</source>
        <translation>请另存为 UTF-8。</translation>
    </message>
    <message>
        <source>Save it as client.mjs.</source>
        <translation>存为 client.mjs。</translation>
    </message>
    <message>
        <source>Save login cards</source>
        <translation>保存登录卡</translation>
    </message>
    <message>
        <source>Save names and passwords</source>
        <translation>保存名称和密码</translation>
    </message>
    <message>
        <source>Save this filter</source>
        <translation>保存此筛选</translation>
    </message>
    <message>
        <source>Saved filters</source>
        <translation>已存筛选</translation>
    </message>
    <message>
        <source>Saved {file}. It holds passwords: delete it once the cards are printed.</source>
        <translation>已保存 {file}。其中含密码：打印卡片后请删除。</translation>
    </message>
    <message>
        <source>Saved {file}. It holds passwords: delete it once they are handed on.</source>
        <translation>已保存 {file}。其中含密码：交出后请删除。</translation>
    </message>
    <message>
        <source>Saved.</source>
        <translation>已保存。</translation>
    </message>
    <message>
        <source>Say this to everyone who is logged in</source>
        <translation>告诉所有已登录的人</translation>
    </message>
    <message>
        <source>Scan the code with a phone in the same network. It proves more than any setting.</source>
        <translation>用同一网络中的手机扫描二维码。这比任何设置都更能说明问题。</translation>
    </message>
    <message>
        <source>Scan the code, or open</source>
        <translation>扫描二维码，或打开</translation>
    </message>
    <message>
        <source>Scan the code, or open this address in a browser.</source>
        <translation>扫描二维码，或在浏览器中打开此地址。</translation>
    </message>
    <message>
        <source>Scope set by {source}</source>
        <translation>范围由 {source} 设定</translation>
    </message>
    <message>
        <source>Search  /</source>
        <translation>搜索  /</translation>
    </message>
    <message>
        <source>Search accounts</source>
        <translation>搜索账户</translation>
    </message>
    <message>
        <source>Search accounts  /</source>
        <translation>搜索账户  /</translation>
    </message>
    <message>
        <source>Search connected users</source>
        <translation>搜索已连接的用户</translation>
    </message>
    <message>
        <source>Search settings</source>
        <translation>搜索设置</translation>
    </message>
    <message>
        <source>Search the acts</source>
        <translation>搜索操作</translation>
    </message>
    <message>
        <source>Search the log</source>
        <translation>搜索日志</translation>
    </message>
    <message>
        <source>Search users</source>
        <translation>搜索用户</translation>
    </message>
    <message>
        <source>Security</source>
        <translation>安全</translation>
    </message>
    <message>
        <source>Seed of chance</source>
        <translation>随机种子</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>发送</translation>
    </message>
    <message>
        <source>Send (Ctrl+Return)</source>
        <translation>发送 (Ctrl+Return)</translation>
    </message>
    <message>
        <source>Send as server</source>
        <translation>以服务器身份发送</translation>
    </message>
    <message>
        <source>Send as server… (to whom is chosen below, or to everyone)</source>
        <translation>以服务器身份发送… (发给下方所选，或所有人)</translation>
    </message>
    <message>
        <source>Send buffer</source>
        <translation>发送缓冲区</translation>
    </message>
    <message>
        <source>Send it again when the recipient is there.</source>
        <translation>请在收件人在场时重新发送。</translation>
    </message>
    <message>
        <source>Send it as UTF-8.</source>
        <translation>请以 UTF-8 发送。</translation>
    </message>
    <message>
        <source>Send message…</source>
        <translation>发送消息…</translation>
    </message>
    <message>
        <source>Send this frame again…</source>
        <translation>重发此帧…</translation>
    </message>
    <message>
        <source>Sent</source>
        <translation>已发</translation>
    </message>
    <message>
        <source>Sent to {connections}</source>
        <translation>已发给 {connections}</translation>
    </message>
    <message>
        <source>Sent to {connections}.</source>
        <translation>已发给 {connections}。</translation>
    </message>
    <message>
        <source>Separated by commas · default none</source>
        <translation>以逗号分隔 · 默认无</translation>
    </message>
    <message>
        <source>Server is stopping ({code}).</source>
        <translation>服务器正在停止 ({code})。</translation>
    </message>
    <message>
        <source>Server listens anew.</source>
        <translation>服务器重新监听。</translation>
    </message>
    <message>
        <source>Server {state}.</source>
        <translation>服务器{state}。</translation>
    </message>
    <message>
        <source>Server: {state}</source>
        <translation>服务器：{state}</translation>
    </message>
    <message>
        <source>Sessions</source>
        <translation>会话</translation>
    </message>
    <message>
        <source>Sessions of the account</source>
        <translation>账户的会话</translation>
    </message>
    <message>
        <source>Set HOME, or name a folder: --data-dir FOLDER.</source>
        <translation>请设置 HOME，或指定文件夹：--data-dir FOLDER。</translation>
    </message>
    <message>
        <source>Set a longer one.</source>
        <translation>请设置更长的。</translation>
    </message>
    <message>
        <source>Set by JWT_SECRET (environment)</source>
        <translation>由 JWT_SECRET (环境) 设定</translation>
    </message>
    <message>
        <source>Set by {source}</source>
        <translation>由 {source} 设定</translation>
    </message>
    <message>
        <source>Set it to a long random text.</source>
        <translation>请设为一段长的随机文本。</translation>
    </message>
    <message>
        <source>Sets what is kept, what newcomers see and whether guests may come in, all with one choice.</source>
        <translation>一次选择即可设定保留什么、新人可见什么、访客能否进入。</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>设置</translation>
    </message>
    <message>
        <source>Settings changed.</source>
        <translation>设置已更改。</translation>
    </message>
    <message>
        <source>Settings of all nodes: revision {number}</source>
        <translation>所有节点的设置：修订 {number}</translation>
    </message>
    <message>
        <source>Sheet {sheet} of {all}</source>
        <translation>第 {sheet}/{all} 页</translation>
    </message>
    <message>
        <source>Sheet {sheet} of {all} is done.</source>
        <translation>第 {sheet}/{all} 页已完成。</translation>
    </message>
    <message>
        <source>Shortest password</source>
        <translation>最短密码</translation>
    </message>
    <message>
        <source>Should it connect again?</source>
        <translation>它应重连吗？</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>显示</translation>
    </message>
    <message>
        <source>Show &amp;QR code and addresses</source>
        <translation>显示二维码和地址(&amp;Q)</translation>
    </message>
    <message>
        <source>Show all</source>
        <translation>显示全部</translation>
    </message>
    <message>
        <source>Show in the traffic</source>
        <translation>在流量中显示</translation>
    </message>
    <message>
        <source>Show it on the whole screen</source>
        <translation>全屏显示</translation>
    </message>
    <message>
        <source>Show its code</source>
        <translation>显示其二维码</translation>
    </message>
    <message>
        <source>Show older</source>
        <translation>显示较旧的</translation>
    </message>
    <message>
        <source>Show only connection #{number}</source>
        <translation>仅显示连接 #{number}</translation>
    </message>
    <message>
        <source>Show only lines with problems</source>
        <translation>仅显示有问题的行</translation>
    </message>
    <message>
        <source>Show only type {type}</source>
        <translation>仅显示类型 {type}</translation>
    </message>
    <message>
        <source>Show only user {name}</source>
        <translation>仅显示用户 {name}</translation>
    </message>
    <message>
        <source>Show or hide the connected users (Ctrl+B)</source>
        <translation>显示或隐藏已连接的用户 (Ctrl+B)</translation>
    </message>
    <message>
        <source>Show or leave out these rows; the count is of all that came since the last Clear</source>
        <translation>显示或略过这些行；计数为上次清空以来的全部</translation>
    </message>
    <message>
        <source>Show password</source>
        <translation>显示密码</translation>
    </message>
    <message>
        <source>Show the QR code and all addresses</source>
        <translation>显示二维码和所有地址</translation>
    </message>
    <message>
        <source>Show the code</source>
        <translation>显示二维码</translation>
    </message>
    <message>
        <source>Show the code large</source>
        <translation>放大显示二维码</translation>
    </message>
    <message>
        <source>Show the code of the address on the whole screen</source>
        <translation>全屏显示该地址的二维码</translation>
    </message>
    <message>
        <source>Show the secret</source>
        <translation>显示密钥</translation>
    </message>
    <message>
        <source>Show traffic</source>
        <translation>显示流量</translation>
    </message>
    <message>
        <source>Show what the server answered as rows of their own (E); each request tells its outcome</source>
        <translation>将服务器的应答显示为单独的行 (E)；每个请求会注明结果</translation>
    </message>
    <message>
        <source>Signed by none of the keys of your backend.</source>
        <translation>不是用你后端的任何密钥签名的。</translation>
    </message>
    <message>
        <source>Signed with HS256.</source>
        <translation>以 HS256 签名。</translation>
    </message>
    <message>
        <source>Signed with a secret this server does not accept.</source>
        <translation>签名所用的密钥不被此服务器接受。</translation>
    </message>
    <message>
        <source>Signed with {algorithm} by a key of your backend.</source>
        <translation>以 {algorithm} 用你后端的密钥签名。</translation>
    </message>
    <message>
        <source>Signed with {current} ({id}).</source>
        <translation>以 {current} ({id}) 签名。</translation>
    </message>
    <message>
        <source>Signing secret</source>
        <translation>签名密钥</translation>
    </message>
    <message>
        <source>Signing secret was changed ({code}).</source>
        <translation>签名密钥已更改 ({code})。</translation>
    </message>
    <message>
        <source>Signs every login. Whoever knows it can log in as anybody.</source>
        <translation>为每次登录签名。知道它的人可以任何人身份登录。</translation>
    </message>
    <message>
        <source>Since</source>
        <translation>自</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>大小</translation>
    </message>
    <message>
        <source>Snippets</source>
        <translation>代码片段</translation>
    </message>
    <message>
        <source>Some of it is as you set it.</source>
        <translation>其中一些是你设定的。</translation>
    </message>
    <message>
        <source>Somebody connected to your server.</source>
        <translation>有人连接到你的服务器。</translation>
    </message>
    <message>
        <source>Somebody else changed it meanwhile: the program reads it again.</source>
        <translation>其他人在此期间更改了它：程序会重新读取。</translation>
    </message>
    <message>
        <source>Somebody new</source>
        <translation>有新人</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>启动</translation>
    </message>
    <message>
        <source>Start the server</source>
        <translation>启动服务器</translation>
    </message>
    <message>
        <source>Start the server and copy its address</source>
        <translation>启动服务器并复制其地址</translation>
    </message>
    <message>
        <source>Start the server first</source>
        <translation>请先启动服务器</translation>
    </message>
    <message>
        <source>Start the server: logins, connections and messages show up here.</source>
        <translation>启动服务器：登录、连接和消息会显示在这里。</translation>
    </message>
    <message>
        <source>Start when I log in</source>
        <translation>登录时启动</translation>
    </message>
    <message>
        <source>Start with this computer</source>
        <translation>随此电脑启动</translation>
    </message>
    <message>
        <source>Starting</source>
        <translation>正在启动</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Status</source>
        <translation>状态</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Stop and start the server to make one that does.</source>
        <translation>停止再启动服务器，即可制作包含它的证书。</translation>
    </message>
    <message>
        <source>Stop the server</source>
        <translation>停止服务器</translation>
    </message>
    <message>
        <source>Stop the server?</source>
        <translation>停止服务器？</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>已停止</translation>
    </message>
    <message>
        <source>Stopped; the virtual users are removed.</source>
        <translation>已停止；虚拟用户已删除。</translation>
    </message>
    <message>
        <source>Stopping</source>
        <translation>正在停止</translation>
    </message>
    <message>
        <source>Strip of time</source>
        <translation>时间条</translation>
    </message>
    <message>
        <source>Strong</source>
        <translation>强</translation>
    </message>
    <message>
        <source>Switch on</source>
        <translation>开启</translation>
    </message>
    <message>
        <source>TCP port for HTTP and WebSocket. 0 takes any free one.</source>
        <translation>HTTP 和 WebSocket 的 TCP 端口。0 表示任意空闲端口。</translation>
    </message>
    <message>
        <source>Take clients again</source>
        <translation>重新接受客户端</translation>
    </message>
    <message>
        <source>Take down</source>
        <translation>撤下</translation>
    </message>
    <message>
        <source>Take the mark away</source>
        <translation>取消标记</translation>
    </message>
    <message>
        <source>Takes effect at once · default off</source>
        <translation>立即生效 · 默认关</translation>
    </message>
    <message>
        <source>Takes effect at once.</source>
        <translation>立即生效。</translation>
    </message>
    <message>
        <source>Takes effect at once. Nobody is disconnected.</source>
        <translation>立即生效，不断开任何人。</translation>
    </message>
    <message>
        <source>Tell of newcomers</source>
        <translation>新人提示</translation>
    </message>
    <message>
        <source>Tell of refused logins</source>
        <translation>拒绝登录提示</translation>
    </message>
    <message>
        <source>Tell of the first client</source>
        <translation>首个客户端提示</translation>
    </message>
    <message>
        <source>Templates</source>
        <translation>模板</translation>
    </message>
    <message>
        <source>Terms side by side must all hold: leave out “&amp;&amp;”.</source>
        <translation>并列的条件必须全部成立：请去掉“&amp;&amp;”。</translation>
    </message>
    <message>
        <source>Terms side by side must all hold: leave out “&amp;”.</source>
        <translation>并列的条件必须全部成立：请去掉“&amp;”。</translation>
    </message>
    <message>
        <source>Terms side by side must all hold: leave out “and”, or quote it to search for the word.</source>
        <translation>并列的条件必须全部成立：请去掉“and”，或加引号以搜索该词。</translation>
    </message>
    <message>
        <source>Test user {name}</source>
        <translation>测试用户 {name}</translation>
    </message>
    <message>
        <source>That did not work because of a mistake in this program. The log has the details.</source>
        <translation>由于本程序的错误未能完成。详情见日志。</translation>
    </message>
    <message>
        <source>The JSON {what}.</source>
        <translation>JSON {what}。</translation>
    </message>
    <message>
        <source>The Live page tells more.</source>
        <translation>详情见实时页。</translation>
    </message>
    <message>
        <source>The account &apos;{name}&apos; was changed meanwhile (by: unknown).</source>
        <translation>账户 &apos;{name}&apos; 在此期间被更改（更改者：未知）。</translation>
    </message>
    <message>
        <source>The account &apos;{name}&apos; was changed meanwhile (by: {by}).</source>
        <translation>账户 &apos;{name}&apos; 在此期间被更改（更改者：{by}）。</translation>
    </message>
    <message>
        <source>The account &apos;{username}&apos; is disabled.</source>
        <translation>账户 &apos;{username}&apos; 已停用。</translation>
    </message>
    <message>
        <source>The account &apos;{username}&apos;.</source>
        <translation>账户 &apos;{username}&apos;。</translation>
    </message>
    <message>
        <source>The account does not exist or was deleted.</source>
        <translation>账户不存在或已删除。</translation>
    </message>
    <message>
        <source>The account of this token is disabled.</source>
        <translation>此令牌的账户已停用。</translation>
    </message>
    <message>
        <source>The account of this token no longer exists.</source>
        <translation>此令牌的账户已不存在。</translation>
    </message>
    <message>
        <source>The account was deleted: make it anew, or let the client log in as somebody else.</source>
        <translation>账户已删除：请重新创建，或让客户端以他人身份登录。</translation>
    </message>
    <message>
        <source>The accounts database is closed.</source>
        <translation>账户数据库已关闭。</translation>
    </message>
    <message>
        <source>The ban would be over already.</source>
        <translation>该封禁将已结束。</translation>
    </message>
    <message>
        <source>The bans cannot be saved to {file} ({strerror}).</source>
        <translation>无法将封禁保存到 {file} ({strerror})。</translation>
    </message>
    <message>
        <source>The bans in {file} are gone.</source>
        <translation>{file} 中的封禁已不见。</translation>
    </message>
    <message>
        <source>The bans in {file} cannot be read ({strerror}).</source>
        <translation>无法读取 {file} 中的封禁 ({strerror})。</translation>
    </message>
    <message>
        <source>The bans in {file} cannot be understood: the file is damaged or of a newer version of this program.</source>
        <translation>无法理解 {file} 中的封禁：文件已损坏，或来自本程序的更新版本。</translation>
    </message>
    <message>
        <source>The bar above offers what can be done, such as another port.</source>
        <translation>上方的栏提供可做的事，例如换一个端口。</translation>
    </message>
    <message>
        <source>The certificate cannot be kept in {folder} ({strerror}).</source>
        <translation>无法将证书保存在 {folder} ({strerror})。</translation>
    </message>
    <message>
        <source>The certificate does not hold {names}.</source>
        <translation>证书不包含 {names}。</translation>
    </message>
    <message>
        <source>The certificate does not hold {names}: its authority was made for other addresses.</source>
        <translation>证书不包含 {names}：其颁发机构是为其他地址制作的。</translation>
    </message>
    <message>
        <source>The certificate expired on {not_after}: browsers refuse it.</source>
        <translation>证书已于 {not_after} 过期：浏览器会拒绝它。</translation>
    </message>
    <message>
        <source>The certificate {file} expired on {not_valid_after_utc}.</source>
        <translation>证书 {file} 已于 {not_valid_after_utc} 过期。</translation>
    </message>
    <message>
        <source>The certificate {file} is not valid before {begin}.</source>
        <translation>证书 {file} 在 {begin} 之前无效。</translation>
    </message>
    <message>
        <source>The chosen account</source>
        <translation>所选账户</translation>
    </message>
    <message>
        <source>The chosen line</source>
        <translation>所选行</translation>
    </message>
    <message>
        <source>The chosen value</source>
        <translation>所选值</translation>
    </message>
    <message>
        <source>The client can wait as long as the error says.</source>
        <translation>客户端可按错误所示时长等待。</translation>
    </message>
    <message>
        <source>The client has a token of another server: let it log in here.</source>
        <translation>客户端持有另一台服务器的令牌：请让它在这里登录。</translation>
    </message>
    <message>
        <source>The client sends something else than the token that the login returned.</source>
        <translation>客户端发送的不是登录返回的令牌。</translation>
    </message>
    <message>
        <source>The clocks of the two computers differ: set them by the network.</source>
        <translation>两台电脑的时钟不一致：请通过网络校准。</translation>
    </message>
    <message>
        <source>The closing quote is missing.</source>
        <translation>缺少右引号。</translation>
    </message>
    <message>
        <source>The code has ended. Press it for a new one.</source>
        <translation>二维码已失效。按它可得到新的。</translation>
    </message>
    <message>
        <source>The connection ended without a goodbye.</source>
        <translation>连接未道别就结束了。</translation>
    </message>
    <message>
        <source>The database address is not valid.</source>
        <translation>数据库地址无效。</translation>
    </message>
    <message>
        <source>The disk is full: make room, then try again.</source>
        <translation>磁盘已满：请腾出空间，然后重试。</translation>
    </message>
    <message>
        <source>The driver for &apos;{drivername}&apos; is not installed ({error}).</source>
        <translation>未安装 &apos;{drivername}&apos; 的驱动程序 ({error})。</translation>
    </message>
    <message>
        <source>The expiry must be in the future.</source>
        <translation>过期时间必须在将来。</translation>
    </message>
    <message>
        <source>The export was called off; no file was written.</source>
        <translation>导出已取消；没有写入文件。</translation>
    </message>
    <message>
        <source>The file {file} cannot be read ({error}).</source>
        <translation>无法读取文件 {file} ({error})。</translation>
    </message>
    <message>
        <source>The file {file} cannot be read ({strerror}).</source>
        <translation>无法读取文件 {file} ({strerror})。</translation>
    </message>
    <message>
        <source>The file {file} cannot be used ({error}).</source>
        <translation>无法使用文件 {file} ({error})。</translation>
    </message>
    <message>
        <source>The file {file} cannot be used ({strerror}).</source>
        <translation>无法使用文件 {file} ({strerror})。</translation>
    </message>
    <message>
        <source>The file {file} cannot grow: the disk is full.</source>
        <translation>文件 {file} 无法增大：磁盘已满。</translation>
    </message>
    <message>
        <source>The file {file} is damaged or is no history.</source>
        <translation>文件 {file} 已损坏，或不是历史记录。</translation>
    </message>
    <message>
        <source>The file {file} is locked by another program.</source>
        <translation>文件 {file} 被另一个程序锁定。</translation>
    </message>
    <message>
        <source>The file {file} is not a certificate in PEM format.</source>
        <translation>文件 {file} 不是 PEM 格式的证书。</translation>
    </message>
    <message>
        <source>The file {file} is not a key in PEM format.</source>
        <translation>文件 {file} 不是 PEM 格式的密钥。</translation>
    </message>
    <message>
        <source>The file {file} is read-only.</source>
        <translation>文件 {file} 是只读的。</translation>
    </message>
    <message>
        <source>The file {file} was deleted or moved away.</source>
        <translation>文件 {file} 已被删除或移走。</translation>
    </message>
    <message>
        <source>The file {file} was replaced by another program.</source>
        <translation>文件 {file} 已被另一个程序替换。</translation>
    </message>
    <message>
        <source>The file {file} was written by a newer version of this program.</source>
        <translation>文件 {file} 由本程序的更新版本写入。</translation>
    </message>
    <message>
        <source>The file {key_file} is not a key in PEM format.</source>
        <translation>文件 {key_file} 不是 PEM 格式的密钥。</translation>
    </message>
    <message>
        <source>The firewall ufw blocks port {port}: no rule allows it.</source>
        <translation>防火墙 ufw 阻止端口 {port}：没有规则允许它。</translation>
    </message>
    <message>
        <source>The firewall ufw is on; only root may read its rules.</source>
        <translation>防火墙 ufw 已开启；只有 root 能读取其规则。</translation>
    </message>
    <message>
        <source>The firewall ufw lets everything through.</source>
        <translation>防火墙 ufw 全部放行。</translation>
    </message>
    <message>
        <source>The firewall ufw lets port {port} through.</source>
        <translation>防火墙 ufw 放行端口 {port}。</translation>
    </message>
    <message>
        <source>The hash has the cost {value}; it may be from {min_foreign_cost} to {max_foreign_cost}.</source>
        <translation>哈希的成本为 {value}；可为 {min_foreign_cost} 至 {max_foreign_cost}。</translation>
    </message>
    <message>
        <source>The hash is not bcrypt&apos;s ($2a$, $2b$ or $2y$).</source>
        <translation>该哈希不是 bcrypt 的（$2a$、$2b$ 或 $2y$）。</translation>
    </message>
    <message>
        <source>The header Allow of the answer has the methods.</source>
        <translation>应答的 Allow 标头列出了可用的方法。</translation>
    </message>
    <message>
        <source>The header has no algorithm, or the claims are no object.</source>
        <translation>标头没有算法，或声明不是对象。</translation>
    </message>
    <message>
        <source>The history is off. Give it a size in the settings, group Traffic: History file.</source>
        <translation>历史已关闭。请在设置的“流量：历史文件”中给它一个大小。</translation>
    </message>
    <message>
        <source>The history stopped; the server goes on. {reason}</source>
        <translation>历史已停止；服务器继续运行。{reason}</translation>
    </message>
    <message>
        <source>The host can allow this origin.</source>
        <translation>主持人可以允许此来源。</translation>
    </message>
    <message>
        <source>The host comes from {host}, the port from {port}.</source>
        <translation>主机来自 {host}，端口来自 {port}。</translation>
    </message>
    <message>
        <source>The host has banned this account.</source>
        <translation>主持人封禁了此账户。</translation>
    </message>
    <message>
        <source>The kept messages are closed.</source>
        <translation>保留的消息已关闭。</translation>
    </message>
    <message>
        <source>The kept messages cannot be used because of a mistake in the program.</source>
        <translation>由于程序出错，无法使用保留的消息。</translation>
    </message>
    <message>
        <source>The key {key_file} does not belong to {certificate_file}.</source>
        <translation>密钥 {key_file} 与 {certificate_file} 不匹配。</translation>
    </message>
    <message>
        <source>The key {key_file} has a password.</source>
        <translation>密钥 {key_file} 带有密码。</translation>
    </message>
    <message>
        <source>The keys of your backend&apos;s tokens cannot be had: {what}.</source>
        <translation>无法取得你后端令牌的密钥：{what}。</translation>
    </message>
    <message>
        <source>The keys on the way to a value, as in the filter; a number is a place in a list.</source>
        <translation>通往某个值的各级键,与筛选器中相同;数字表示列表中的位置。</translation>
    </message>
    <message>
        <source>The life of a token must be from 1 to {max_token_life_s} s.</source>
        <translation>令牌的有效期必须为 1 至 {max_token_life_s} 秒。</translation>
    </message>
    <message>
        <source>The list begins like JSON and is none.</source>
        <translation>列表开头像 JSON，但不是 JSON。</translation>
    </message>
    <message>
        <source>The list has more than {max_lines} names.</source>
        <translation>列表超过 {max_lines} 个名称。</translation>
    </message>
    <message>
        <source>The list has no names.</source>
        <translation>列表中没有名称。</translation>
    </message>
    <message>
        <source>The list is JSON, but no list of objects with a name each.</source>
        <translation>列表是 JSON，但不是每项都带名称的对象列表。</translation>
    </message>
    <message>
        <source>The list is not text in UTF-8.</source>
        <translation>列表不是 UTF-8 文本。</translation>
    </message>
    <message>
        <source>The list is over 64 MiB.</source>
        <translation>列表超过 64 MiB。</translation>
    </message>
    <message>
        <source>The macOS firewall blocks all incoming connections.</source>
        <translation>macOS 防火墙阻止所有传入连接。</translation>
    </message>
    <message>
        <source>The macOS firewall blocks this program.</source>
        <translation>macOS 防火墙阻止本程序。</translation>
    </message>
    <message>
        <source>The macOS firewall could not be read.</source>
        <translation>无法读取 macOS 防火墙。</translation>
    </message>
    <message>
        <source>The macOS firewall is off: it lets everything in.</source>
        <translation>macOS 防火墙已关闭：全部放行。</translation>
    </message>
    <message>
        <source>The macOS firewall is on and asks for new programs: choose Allow, or {macos_clicks}.</source>
        <translation>macOS 防火墙已开启，会询问新程序：请选择“允许”，或 {macos_clicks}。</translation>
    </message>
    <message>
        <source>The macOS firewall lets this program in.</source>
        <translation>macOS 防火墙允许本程序。</translation>
    </message>
    <message>
        <source>The message could not be kept, so nobody got it.</source>
        <translation>消息无法保留，因此没有人收到。</translation>
    </message>
    <message>
        <source>The messages cannot be read just now.</source>
        <translation>目前无法读取消息。</translation>
    </message>
    <message>
        <source>The messages kept for people who were away; not the traffic and its history</source>
        <translation>为不在场者保留的消息；不含流量及其历史</translation>
    </message>
    <message>
        <source>The name stands in line {first} already.</source>
        <translation>该名称已在第 {first} 行。</translation>
    </message>
    <message>
        <source>The nearest counts: of a connection, else of its user, else of everyone.</source>
        <translation>以最近的为准：连接，否则其用户，否则所有人。</translation>
    </message>
    <message>
        <source>The new name is the one to log in with.</source>
        <translation>登录时使用新名称。</translation>
    </message>
    <message>
        <source>The new password</source>
        <translation>新密码</translation>
    </message>
    <message>
        <source>The new passwords appear here.</source>
        <translation>新密码会显示在这里。</translation>
    </message>
    <message>
        <source>The new secret</source>
        <translation>新密钥</translation>
    </message>
    <message>
        <source>The newest are stored, so that who was away gets what it missed; 0: none.</source>
        <translation>保存最新消息，让不在场者补上；0：不保存。</translation>
    </message>
    <message>
        <source>The newest rows are kept, older ones are dropped.</source>
        <translation>保留最新的行，丢弃较旧的。</translation>
    </message>
    <message>
        <source>The newest {count} messages are kept for {days} days, who comes late sees all of them, and guests come in by name alone.</source>
        <translation>最新 {count} 条消息保留 {days} 天，迟到者都能看到，访客仅凭名称进入。</translation>
    </message>
    <message>
        <source>The number of uses must be from 1 to {max_invite_uses}.</source>
        <translation>使用次数必须为 1 至 {max_invite_uses}。</translation>
    </message>
    <message>
        <source>The one that Copy, links and the QR code give out, if it is there. Empty: the likeliest.</source>
        <translation>复制、链接和二维码使用的地址 (若存在)。留空：最可能的。</translation>
    </message>
    <message>
        <source>The other node is away: the bar above says since when.</source>
        <translation>另一个节点不在：上方的栏显示自何时起。</translation>
    </message>
    <message>
        <source>The password</source>
        <translation>密码</translation>
    </message>
    <message>
        <source>The password for {name} is wrong.</source>
        <translation>{name} 的密码错误。</translation>
    </message>
    <message>
        <source>The password is one of the most common ones.</source>
        <translation>该密码是最常见的密码之一。</translation>
    </message>
    <message>
        <source>The password is the name.</source>
        <translation>密码与名称相同。</translation>
    </message>
    <message>
        <source>The password repeats a few characters.</source>
        <translation>密码只重复几个字符。</translation>
    </message>
    <message>
        <source>The payload was cut at {size}; this is its beginning.</source>
        <translation>载荷在 {size} 处截断；这是开头。</translation>
    </message>
    <message>
        <source>The program breaks the rules of WebSocket: let a library speak it.</source>
        <translation>程序违反了 WebSocket 的规则：请交给程序库处理。</translation>
    </message>
    <message>
        <source>The program logs in, and sends the token in the header Authorization.</source>
        <translation>程序登录，并在 Authorization 标头中发送令牌。</translation>
    </message>
    <message>
        <source>The program says Content-Type: application/json.</source>
        <translation>程序声明 Content-Type: application/json。</translation>
    </message>
    <message>
        <source>The program sends another body: the answer names the field.</source>
        <translation>程序发送别的正文：应答指明了字段。</translation>
    </message>
    <message>
        <source>The program sends before it has the “authentication” frame: wait for it, then send.</source>
        <translation>程序在收到“authentication”帧之前就发送：请等到之后再发送。</translation>
    </message>
    <message>
        <source>The program sends text that is no UTF-8: let a library encode it.</source>
        <translation>程序发送的文本不是 UTF-8：请让程序库编码。</translation>
    </message>
    <message>
        <source>The program tries again after Retry-After; the log says what is away.</source>
        <translation>程序在 Retry-After 之后重试；日志说明什么不在。</translation>
    </message>
    <message>
        <source>The recipient has to log in and fetch what waits.</source>
        <translation>收件人须登录并取走等待的消息。</translation>
    </message>
    <message>
        <source>The recipient is connected to another server, which cannot be reached now.</source>
        <translation>收件人连接在另一台服务器上，目前无法到达。</translation>
    </message>
    <message>
        <source>The regular expression is wrong ({reason}).</source>
        <translation>正则表达式有误 ({reason})。</translation>
    </message>
    <message>
        <source>The regular expression is wrong: {reason}.</source>
        <translation>正则表达式有误：{reason}。</translation>
    </message>
    <message>
        <source>The request is deleted with its password. The name is free again.</source>
        <translation>申请连同密码一起删除。名称重新可用。</translation>
    </message>
    <message>
        <source>The role &apos;{value}&apos; is unknown.</source>
        <translation>角色 &apos;{value}&apos; 未知。</translation>
    </message>
    <message>
        <source>The role must be &apos;host&apos; or &apos;member&apos;.</source>
        <translation>角色必须是 &apos;host&apos; 或 &apos;member&apos;。</translation>
    </message>
    <message>
        <source>The run before</source>
        <translation>上一次运行</translation>
    </message>
    <message>
        <source>The search looks at name, role and status.</source>
        <translation>搜索名称、角色和状态。</translation>
    </message>
    <message>
        <source>The secret contains half a character (a lone surrogate).</source>
        <translation>密钥包含半个字符（单独的代理项）。</translation>
    </message>
    <message>
        <source>The secret is a key pair.</source>
        <translation>该密钥是密钥对。</translation>
    </message>
    <message>
        <source>The secret is set by JWT_SECRET.</source>
        <translation>密钥由 JWT_SECRET 设定。</translation>
    </message>
    <message>
        <source>The secret must have at least {min_secret_bytes} bytes.</source>
        <translation>密钥至少须有 {min_secret_bytes} 字节。</translation>
    </message>
    <message>
        <source>The secret must have at most {value} bytes.</source>
        <translation>密钥最多 {value} 字节。</translation>
    </message>
    <message>
        <source>The secret repeats a few characters.</source>
        <translation>密钥只重复几个字符。</translation>
    </message>
    <message>
        <source>The secret&apos;s file {file} is damaged.</source>
        <translation>密钥文件 {file} 已损坏。</translation>
    </message>
    <message>
        <source>The secret&apos;s file {file} is gone.</source>
        <translation>密钥文件 {file} 已不见。</translation>
    </message>
    <message>
        <source>The secret&apos;s file {file} was written by a newer version of this program.</source>
        <translation>密钥文件 {file} 由本程序的更新版本写入。</translation>
    </message>
    <message>
        <source>The server has no room for more connections.</source>
        <translation>服务器容不下更多连接。</translation>
    </message>
    <message>
        <source>The server is busy with other logins.</source>
        <translation>服务器正忙于其他登录。</translation>
    </message>
    <message>
        <source>The server is not running</source>
        <translation>服务器未运行</translation>
    </message>
    <message>
        <source>The server is not running.</source>
        <translation>服务器未运行。</translation>
    </message>
    <message>
        <source>The server is not running. Press Start.</source>
        <translation>服务器未运行。请按“启动”。</translation>
    </message>
    <message>
        <source>The server is stopped. Start it before you run a snippet.</source>
        <translation>服务器已停止。运行代码片段前请先启动。</translation>
    </message>
    <message>
        <source>The server listens anew, which disconnects {clients}. They can connect again at once.</source>
        <translation>服务器将重新监听，会断开 {clients}。他们可立即重连。</translation>
    </message>
    <message>
        <source>The session is live.</source>
        <translation>会话有效。</translation>
    </message>
    <message>
        <source>The session was ended: revoked or logged out.</source>
        <translation>会话已结束：被吊销或已注销。</translation>
    </message>
    <message>
        <source>The settings cannot be saved to {file} ({strerror}).</source>
        <translation>无法将设置保存到 {file} ({strerror})。</translation>
    </message>
    <message>
        <source>The settings cannot be saved.</source>
        <translation>无法保存设置。</translation>
    </message>
    <message>
        <source>The settings file {file} cannot be read ({error}).</source>
        <translation>无法读取设置文件 {file} ({error})。</translation>
    </message>
    <message>
        <source>The settings file {file} cannot be read ({strerror}).</source>
        <translation>无法读取设置文件 {file} ({strerror})。</translation>
    </message>
    <message>
        <source>The settings file {file} has an unknown key &apos;{group}&apos;.</source>
        <translation>设置文件 {file} 有未知的键 &apos;{group}&apos;。</translation>
    </message>
    <message>
        <source>The settings file {file} has an unknown key &apos;{group}.{name}&apos;.</source>
        <translation>设置文件 {file} 有未知的键 &apos;{group}.{name}&apos;。</translation>
    </message>
    <message>
        <source>The settings file {file} is gone.</source>
        <translation>设置文件 {file} 已不见。</translation>
    </message>
    <message>
        <source>The settings file {file} is not valid TOML ({error}).</source>
        <translation>设置文件 {file} 不是有效的 TOML ({error})。</translation>
    </message>
    <message>
        <source>The settings file {file} was changed by another program.</source>
        <translation>设置文件 {file} 已被另一个程序更改。</translation>
    </message>
    <message>
        <source>The settings file {file} was written by a newer version of this program (format {version}, known is {settings_version}).</source>
        <translation>设置文件 {file} 由本程序的更新版本写入（格式 {version}，已知 {settings_version}）。</translation>
    </message>
    <message>
        <source>The settings stay as they are until this program ends.</source>
        <translation>在本程序结束之前，设置保持不变。</translation>
    </message>
    <message>
        <source>The system lets this program open {open_files} files, which is enough for {allowed} of {wanted} connections.</source>
        <translation>系统允许本程序打开 {open_files} 个文件，足够 {wanted} 个连接中的 {allowed} 个。</translation>
    </message>
    <message>
        <source>The tabs below have what was asked and answered; docs/protocol.md lists every code.</source>
        <translation>下面的标签页中有所问与所答；docs/protocol.md 列出全部代码。</translation>
    </message>
    <message>
        <source>The test cannot be written ({why}).</source>
        <translation>无法写入测试 ({why})。</translation>
    </message>
    <message>
        <source>The time is no number.</source>
        <translation>时间不是数字。</translation>
    </message>
    <message>
        <source>The time of expiry is missing or no number.</source>
        <translation>过期时间缺失或不是数字。</translation>
    </message>
    <message>
        <source>The token has expired.</source>
        <translation>令牌已过期。</translation>
    </message>
    <message>
        <source>The token is meant for another service.</source>
        <translation>令牌用于另一个服务。</translation>
    </message>
    <message>
        <source>The token is not a valid JSON Web Token.</source>
        <translation>令牌不是有效的 JSON Web Token。</translation>
    </message>
    <message>
        <source>The token is not valid yet.</source>
        <translation>令牌尚未生效。</translation>
    </message>
    <message>
        <source>The token names no user.</source>
        <translation>令牌没有指明用户。</translation>
    </message>
    <message>
        <source>The token or password in this frame was not kept</source>
        <translation>此帧中的令牌或密码未被保留</translation>
    </message>
    <message>
        <source>The token was issued by another server.</source>
        <translation>令牌由另一台服务器签发。</translation>
    </message>
    <message>
        <source>The token was not signed by this server.</source>
        <translation>令牌不是由此服务器签名的。</translation>
    </message>
    <message>
        <source>The token was revoked.</source>
        <translation>令牌已被吊销。</translation>
    </message>
    <message>
        <source>The token&apos;s id is no text.</source>
        <translation>令牌的 ID 不是文本。</translation>
    </message>
    <message>
        <source>The traffic cannot be written to {file} ({strerror}).</source>
        <translation>无法将流量写入 {file} ({strerror})。</translation>
    </message>
    <message>
        <source>The user id is missing or no text.</source>
        <translation>用户 ID 缺失或不是文本。</translation>
    </message>
    <message>
        <source>The username &apos;{name}&apos; is reserved for the server.</source>
        <translation>用户名 &apos;{name}&apos; 为服务器保留。</translation>
    </message>
    <message>
        <source>The username &apos;{username}&apos; is taken.</source>
        <translation>用户名 &apos;{username}&apos; 已被占用。</translation>
    </message>
    <message>
        <source>The username has a blank at its start or end, or two beside each other.</source>
        <translation>用户名的开头或结尾有空格，或有两个连续空格。</translation>
    </message>
    <message>
        <source>The username has a combining mark that does not belong to a letter, or more than {max_marks_per_letter} on one letter.</source>
        <translation>用户名有不属于字母的组合符号，或一个字母上超过 {max_marks_per_letter} 个。</translation>
    </message>
    <message>
        <source>The username has the invisible joiner U+{value} where it joins nothing.</source>
        <translation>用户名在无可连接之处有不可见的连接符 U+{value}。</translation>
    </message>
    <message>
        <source>The username mixes digits of different scripts.</source>
        <translation>用户名混用了不同文字的数字。</translation>
    </message>
    <message>
        <source>The username mixes letters of {listed}, which can look alike.</source>
        <translation>用户名混用了 {listed} 的字母，它们可能看起来相似。</translation>
    </message>
    <message>
        <source>The username must consist of letters, digits, single blanks and . _ - @ + &apos; but has {character}.</source>
        <translation>用户名须由字母、数字、单个空格和 . _ - @ + &apos; 组成，但含有 {character}。</translation>
    </message>
    <message>
        <source>The username must have {username_min_letters} to {username_max_chars} characters.</source>
        <translation>用户名须有 {username_min_letters} 至 {username_max_chars} 个字符。</translation>
    </message>
    <message>
        <source>The version in the settings file {file} is no number.</source>
        <translation>设置文件 {file} 中的版本不是数字。</translation>
    </message>
    <message>
        <source>The window is built anew when it changes. The web client has its own, under Room.</source>
        <translation>更改时会重建窗口。网页客户端的语言在“房间”中。</translation>
    </message>
    <message>
        <source>The window needs a screen.</source>
        <translation>窗口需要屏幕。</translation>
    </message>
    <message>
        <source>The window speaks the other language from the next start on: something is still open.</source>
        <translation>还有内容打开着，窗口将从下次启动起使用该语言。</translation>
    </message>
    <message>
        <source>Their process was ended from outside.</source>
        <translation>其进程被外部结束。</translation>
    </message>
    <message>
        <source>Then connected</source>
        <translation>当时已连接</translation>
    </message>
    <message>
        <source>There are no two runs to compare: rows of at least two starts are needed.</source>
        <translation>没有可比较的两次运行：至少需要两次启动的行。</translation>
    </message>
    <message>
        <source>There are too many connections from your address.</source>
        <translation>来自你的地址的连接太多。</translation>
    </message>
    <message>
        <source>There are too many guests already.</source>
        <translation>访客已经太多。</translation>
    </message>
    <message>
        <source>There are {max_invites} invitations already.</source>
        <translation>已有 {max_invites} 个邀请。</translation>
    </message>
    <message>
        <source>There is no account of this name.</source>
        <translation>没有这个名称的账户。</translation>
    </message>
    <message>
        <source>There is no account “{name}”.</source>
        <translation>没有账户“{name}”。</translation>
    </message>
    <message>
        <source>There is no field “{name}:”.</source>
        <translation>没有字段“{name}:”。</translation>
    </message>
    <message>
        <source>There is no home folder to keep files in: HOME is not set, and the system knows none for this user.</source>
        <translation>没有可存放文件的主文件夹：HOME 未设置，系统也不知道此用户的主文件夹。</translation>
    </message>
    <message>
        <source>There is no screen: neither DISPLAY nor WAYLAND_DISPLAY is set.</source>
        <translation>没有屏幕：DISPLAY 和 WAYLAND_DISPLAY 都未设置。</translation>
    </message>
    <message>
        <source>There is no screen: nothing answers at {where}.</source>
        <translation>没有屏幕：{where} 没有应答。</translation>
    </message>
    <message>
        <source>There is no user or connection “{name}”.</source>
        <translation>没有用户或连接“{name}”。</translation>
    </message>
    <message>
        <source>There is nothing left to do here.</source>
        <translation>这里没有要做的了。</translation>
    </message>
    <message>
        <source>These changes disconnect {clients}. They can connect again at the new address.</source>
        <translation>这些更改会断开 {clients}。他们可用新地址重连。</translation>
    </message>
    <message>
        <source>These rows made room for newer ones.</source>
        <translation>这些行已为较新的行让出空间。</translation>
    </message>
    <message>
        <source>They can connect again after a pause. Ban or disable the account to keep them out.</source>
        <translation>他们稍后可重连。要阻止请封禁或停用账户。</translation>
    </message>
    <message>
        <source>They can connect again at once; a ban keeps people out.</source>
        <translation>对方可以立即重新连接；封禁才能阻止进入。</translation>
    </message>
    <message>
        <source>They can log in again with their password.</source>
        <translation>他们可用密码重新登录。</translation>
    </message>
    <message>
        <source>They choose another name, or log in with this one.</source>
        <translation>对方须选择其他名称，或用此名称登录。</translation>
    </message>
    <message>
        <source>They may try again now.</source>
        <translation>现在可以重试。</translation>
    </message>
    <message>
        <source>They stay in force until this program ends.</source>
        <translation>在本程序结束之前一直有效。</translation>
    </message>
    <message>
        <source>This account does not exist; it may have been deleted meanwhile.</source>
        <translation>此账户不存在；可能在此期间已被删除。</translation>
    </message>
    <message>
        <source>This account is disabled.</source>
        <translation>此账户已停用。</translation>
    </message>
    <message>
        <source>This account is gone by now.</source>
        <translation>此账户已不存在。</translation>
    </message>
    <message>
        <source>This account no longer exists.</source>
        <translation>此账户已不存在。</translation>
    </message>
    <message>
        <source>This account waits for the host&apos;s approval.</source>
        <translation>此账户正在等待主持人批准。</translation>
    </message>
    <message>
        <source>This account was deleted meanwhile.</source>
        <translation>此账户已在此期间被删除。</translation>
    </message>
    <message>
        <source>This address works on this computer only.</source>
        <translation>此地址仅在此电脑上有效。</translation>
    </message>
    <message>
        <source>This cannot be undone. Afterwards anybody may take the name.</source>
        <translation>无法撤销。之后任何人都可使用该名称。</translation>
    </message>
    <message>
        <source>This character cannot be sent as UTF-8.</source>
        <translation>此字符无法以 UTF-8 发送。</translation>
    </message>
    <message>
        <source>This client sends more than {rate} messages a second; the frame was dropped.</source>
        <translation>此客户端每秒发送超过 {rate} 条消息；该帧已丢弃。</translation>
    </message>
    <message>
        <source>This computer</source>
        <translation>此电脑</translation>
    </message>
    <message>
        <source>This computer  ·  only programs on it</source>
        <translation>此电脑  ·  仅其中的程序</translation>
    </message>
    <message>
        <source>This computer itself cannot be banned</source>
        <translation>不能封禁此电脑自身</translation>
    </message>
    <message>
        <source>This connection is gone or not logged in, so nothing was sent.</source>
        <translation>此连接已不在或未登录，因此未发送任何内容。</translation>
    </message>
    <message>
        <source>This connection is gone, so nothing was sent in its name.</source>
        <translation>此连接已不在，因此未以其名义发送任何内容。</translation>
    </message>
    <message>
        <source>This disconnects {clients} over {seconds} s; they come back to the other nodes. {node} gets no newcomers from the balancer until you let it.</source>
        <translation>将在 {seconds} 秒内断开{clients}；他们会回到其他节点。在你允许之前，负载均衡器不会给 {node} 分配新人。</translation>
    </message>
    <message>
        <source>This disconnects {clients}. They can connect again when it runs.</source>
        <translation>这会断开 {clients}。运行后他们可重连。</translation>
    </message>
    <message>
        <source>This invitation {why}.</source>
        <translation>此邀请{why}。</translation>
    </message>
    <message>
        <source>This is a mistake of the server: the log has more.</source>
        <translation>这是服务器的错误：日志中有详情。</translation>
    </message>
    <message>
        <source>This is nested too deeply to be sent.</source>
        <translation>嵌套太深，无法发送。</translation>
    </message>
    <message>
        <source>This is {file}: {rows}, read-only.</source>
        <translation>这是 {file}：{rows}，只读。</translation>
    </message>
    <message>
        <source>This message was not sent.</source>
        <translation>此消息未发送。</translation>
    </message>
    <message>
        <source>This row belongs to no connection</source>
        <translation>此行不属于任何连接</translation>
    </message>
    <message>
        <source>This row is of a file</source>
        <translation>此行来自文件</translation>
    </message>
    <message>
        <source>This run</source>
        <translation>本次运行</translation>
    </message>
    <message>
        <source>This server accepts it; it expires {when}.</source>
        <translation>服务器接受它；{when}过期。</translation>
    </message>
    <message>
        <source>This server does not know the token.</source>
        <translation>此服务器不认识该令牌。</translation>
    </message>
    <message>
        <source>This server is alone, and needs nothing else. Several that are one: see docs/cluster.md and the cluster&apos;s address on the Settings page.</source>
        <translation>此服务器单独运行，不需要别的。多台合为一台：请看 docs/cluster.md 以及“设置”页中的集群地址。</translation>
    </message>
    <message>
        <source>This server is not known as &apos;{host}&apos;.</source>
        <translation>此服务器不以 &apos;{host}&apos; 为名。</translation>
    </message>
    <message>
        <source>This server knows no session by this id.</source>
        <translation>此服务器没有此 ID 的会话。</translation>
    </message>
    <message>
        <source>This server refuses it ({reason}). {words}</source>
        <translation>服务器拒绝它 ({reason})。{words}</translation>
    </message>
    <message>
        <source>This system does not let it: {reason}.</source>
        <translation>系统不允许：{reason}。</translation>
    </message>
    <message>
        <source>This system does not let you use port {port}.</source>
        <translation>此系统不允许你使用端口 {port}。</translation>
    </message>
    <message>
        <source>Those known before stay in force.</source>
        <translation>先前已知的仍然有效。</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>时间</translation>
    </message>
    <message>
        <source>Time order</source>
        <translation>按时间</translation>
    </message>
    <message>
        <source>Title</source>
        <translation>标题</translation>
    </message>
    <message>
        <source>To</source>
        <translation>至</translation>
    </message>
    <message>
        <source>To allow it: {value}={whole} (Settings, {group}, {label}).</source>
        <translation>要允许它：{value}={whole}（设置、{group}、{label}）。</translation>
    </message>
    <message>
        <source>To everyone: everybody, or only you and accounts with the role host. Direct messages go on.</source>
        <translation>写给所有人：任何人，或仅你和主持人角色的账户。私信不受影响。</translation>
    </message>
    <message>
        <source>To keep the settings shown here, move the file away.</source>
        <translation>要保留此处显示的设置，请将文件移走。</translation>
    </message>
    <message>
        <source>To search for a path, quote it.</source>
        <translation>要搜索路径，请加引号。</translation>
    </message>
    <message>
        <source>To search for the text, quote it.</source>
        <translation>要搜索文本，请加引号。</translation>
    </message>
    <message>
        <source>To stop it: Activity Monitor, process {pid}, Quit.</source>
        <translation>停止它：活动监视器、进程 {pid}、退出。</translation>
    </message>
    <message>
        <source>To stop it: Task Manager, Details, process {pid}, End task.</source>
        <translation>停止它：任务管理器、详细信息、进程 {pid}、结束任务。</translation>
    </message>
    <message>
        <source>To whom</source>
        <translation>发给谁</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>今天</translation>
    </message>
    <message>
        <source>Token</source>
        <translation>令牌</translation>
    </message>
    <message>
        <source>Token and snippets…</source>
        <translation>令牌和代码片段…</translation>
    </message>
    <message>
        <source>Token expired ({code}).</source>
        <translation>令牌已过期 ({code})。</translation>
    </message>
    <message>
        <source>Token for {name}</source>
        <translation>{name} 的令牌</translation>
    </message>
    <message>
        <source>Token inspector</source>
        <translation>令牌检查器</translation>
    </message>
    <message>
        <source>Token life</source>
        <translation>令牌有效期</translation>
    </message>
    <message>
        <source>Tokens end at once, and logging in is refused until you enable them again.</source>
        <translation>令牌立即失效，在你重新启用前拒绝登录。</translation>
    </message>
    <message>
        <source>Tokens go on working until this program ends; at the next start a new secret is made and everyone logs in again.</source>
        <translation>令牌在本程序结束之前继续有效；下次启动时会生成新密钥，所有人须重新登录。</translation>
    </message>
    <message>
        <source>Tokens of your backend</source>
        <translation>你的后端的令牌</translation>
    </message>
    <message>
        <source>Tomorrow</source>
        <translation>明天</translation>
    </message>
    <message>
        <source>Too many attempts.</source>
        <translation>尝试次数太多。</translation>
    </message>
    <message>
        <source>Too many messages are being read just now.</source>
        <translation>目前正在读取的消息太多。</translation>
    </message>
    <message>
        <source>Too many messages wait for this user already.</source>
        <translation>等待此用户的消息已经太多。</translation>
    </message>
    <message>
        <source>Too many people wait for approval.</source>
        <translation>等待批准的人太多。</translation>
    </message>
    <message>
        <source>Traffic</source>
        <translation>流量</translation>
    </message>
    <message>
        <source>Trusted proxies</source>
        <translation>可信代理</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>重试</translation>
    </message>
    <message>
        <source>Try again in {retry_after_s} s.</source>
        <translation>请在 {retry_after_s} 秒后重试。</translation>
    </message>
    <message>
        <source>Try again later.</source>
        <translation>请稍后重试。</translation>
    </message>
    <message>
        <source>Try again.</source>
        <translation>请重试。</translation>
    </message>
    <message>
        <source>Try it from another device</source>
        <translation>从其他设备试试</translation>
    </message>
    <message>
        <source>Two runs compared</source>
        <translation>两次运行的比较</translation>
    </message>
    <message>
        <source>Type</source>
        <translation>类型</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>撤销</translation>
    </message>
    <message>
        <source>Until</source>
        <translation>至</translation>
    </message>
    <message>
        <source>Until I lift it</source>
        <translation>直到我解除</translation>
    </message>
    <message>
        <source>Until a time…</source>
        <translation>直到某时…</translation>
    </message>
    <message>
        <source>Up</source>
        <translation>运行时间</translation>
    </message>
    <message>
        <source>Use a random one.</source>
        <translation>请使用随机的。</translation>
    </message>
    <message>
        <source>Use its address, or have the host list this name.</source>
        <translation>请使用其地址，或请主持人列入此名称。</translation>
    </message>
    <message>
        <source>Use localhost, 0.0.0.0 or one adapter&apos;s address.</source>
        <translation>请使用 localhost、0.0.0.0 或某个适配器的地址。</translation>
    </message>
    <message>
        <source>Use one kind.</source>
        <translation>请只用一种。</translation>
    </message>
    <message>
        <source>Use one script.</source>
        <translation>请只用一种文字。</translation>
    </message>
    <message>
        <source>Use one without it.</source>
        <translation>请使用不带密码的。</translation>
    </message>
    <message>
        <source>Use port {port}</source>
        <translation>使用端口 {port}</translation>
    </message>
    <message>
        <source>Use the newer program, or choose another data folder.</source>
        <translation>请使用较新的程序，或选择其他数据文件夹。</translation>
    </message>
    <message>
        <source>Use the newer program, or move the file away to have a new secret made.</source>
        <translation>请使用较新的程序，或将文件移走以生成新密钥。</translation>
    </message>
    <message>
        <source>Use the newer program, or move the file away.</source>
        <translation>请使用较新的程序，或将文件移走。</translation>
    </message>
    <message>
        <source>Use this one</source>
        <translation>使用此项</translation>
    </message>
    <message>
        <source>Used</source>
        <translation>已用</translation>
    </message>
    <message>
        <source>User</source>
        <translation>用户</translation>
    </message>
    <message>
        <source>User {name}</source>
        <translation>用户 {name}</translation>
    </message>
    <message>
        <source>Username or password is wrong.</source>
        <translation>用户名或密码错误。</translation>
    </message>
    <message>
        <source>Users as they were</source>
        <translation>当时的用户</translation>
    </message>
    <message>
        <source>Users to send to</source>
        <translation>收件用户</translation>
    </message>
    <message>
        <source>Uses</source>
        <translation>使用次数</translation>
    </message>
    <message>
        <source>Valid for</source>
        <translation>有效期</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>值</translation>
    </message>
    <message>
        <source>Verdict</source>
        <translation>结论</translation>
    </message>
    <message>
        <source>Version</source>
        <translation>版本</translation>
    </message>
    <message>
        <source>Very weak</source>
        <translation>很弱</translation>
    </message>
    <message>
        <source>Wait as long as the answer says, or let them try again now.</source>
        <translation>请按应答所示时长等待，或允许对方立即重试。</translation>
    </message>
    <message>
        <source>Wait as long as the answer says.</source>
        <translation>请按应答所示时长等待。</translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation>等待</translation>
    </message>
    <message>
        <source>Waiting ({people})</source>
        <translation>等待 ({people})</translation>
    </message>
    <message>
        <source>Waiting for a device. The code holds for {time}.</source>
        <translation>等待设备。二维码有效期 {time}。</translation>
    </message>
    <message>
        <source>Waiting list</source>
        <translation>等候名单</translation>
    </message>
    <message>
        <source>Waiting list ({people})</source>
        <translation>等候名单 ({people})</translation>
    </message>
    <message>
        <source>Waiting, as they read slowly: {waiting}.</source>
        <translation>因读取缓慢而等待：{waiting}。</translation>
    </message>
    <message>
        <source>What hosts do is noted here: start and stop, settings, accounts, bans.</source>
        <translation>主持人的操作记录于此：启动和停止、设置、账户、封禁。</translation>
    </message>
    <message>
        <source>What is done here is done to all of them.</source>
        <translation>在此所做的操作对他们全体生效。</translation>
    </message>
    <message>
        <source>What is long goes by WebSocket.</source>
        <translation>较长的内容走 WebSocket。</translation>
    </message>
    <message>
        <source>Whom or what</source>
        <translation>谁或什么</translation>
    </message>
    <message>
        <source>Words are searched in the content.
user: type: dir: ip: conn: code: to: node: compare a field, with * for any characters
is:error   content.path:value   size&gt;1k   took&gt;100ms   time&gt;20:41   or
/regular expression/   !not this   &quot;several words&quot;
Press / to come here, Return to go back, Escape to show everything.</source>
        <translation>在内容中搜索词语。
user: type: dir: ip: conn: code: to: node: 比较字段，* 代表任意字符
is:error   content.path:value   size&gt;1k   took&gt;100ms   time&gt;20:41   or
/正则表达式/   !排除   &quot;多个 词&quot;
按 / 来到这里，Return 返回，Escape 显示全部。</translation>
    </message>
    <message>
        <source>Words of the name, address or app, #12 for a connection, or node:NAME</source>
        <translation>名称、地址或应用中的词，#12 表示连接，或 node:名称</translation>
    </message>
    <message>
        <source>Warning</source>
        <translation>警告</translation>
    </message>
    <message>
        <source> a second</source>
        <translation> 每秒</translation>
    </message>
    <message>
        <source> bytes</source>
        <translation> 字节</translation>
    </message>
    <message>
        <source> bytes/s</source>
        <translation> 字节/秒</translation>
    </message>
    <message>
        <source>&amp;Faults…</source>
        <translation>故障(&amp;F)…</translation>
    </message>
    <message>
        <source>99 % within</source>
        <translation>99 % 在</translation>
    </message>
    <message>
        <source>A message from “server”</source>
        <translation>来自“server”的消息</translation>
    </message>
    <message>
        <source>Choose {another}, or stop that program.</source>
        <translation>请选择{another},或停止该程序。</translation>
    </message>
    <message>
        <source>Choose {another}.</source>
        <translation>请选择{another}。</translation>
    </message>
    <message>
        <source>The certificate is for {known}: browsers warn at {names}.</source>
        <translation>证书用于 {known}：浏览器在 {names} 会警告。</translation>
    </message>
    <message>
        <source>The client sends it again after “retryAfterMs”; the log says what is away.</source>
        <translation>客户端在“retryAfterMs”之后重新发送；日志说明什么不在。</translation>
    </message>
    <message>
        <source>The client waits as long as the error says, or you allow everyone {value} a second.</source>
        <translation>客户端按错误所示时长等待，或者你允许所有人每秒 {value}。</translation>
    </message>
    <message>
        <source>The secret&apos;s file {file} cannot be read ({why}).</source>
        <translation>无法读取密钥文件 {file}（{why}）。</translation>
    </message>
    <message>
        <source>The secret&apos;s file {file} cannot be written ({why}).</source>
        <translation>无法写入密钥文件 {file}（{why}）。</translation>
    </message>
    <message>
        <source>This frame, as written</source>
        <translation>此帧，按所写</translation>
    </message>
    <message>
        <source>Time that has passed</source>
        <translation>经过的时间</translation>
    </message>
    <message>
        <source>To clients only</source>
        <translation>仅发往客户端</translation>
    </message>
    <message>
        <source>Warnings and errors</source>
        <translation>警告和错误</translation>
    </message>
    <message>
        <source>Weak</source>
        <translation>弱</translation>
    </message>
    <message>
        <source>Web pages that may connect, such as https://app.example.org or https://*.example.org; null for pages opened from disk.</source>
        <translation>可连接的网页，如 https://app.example.org 或 https://*.example.org；从磁盘打开的页面为 null。</translation>
    </message>
    <message>
        <source>Welcome</source>
        <translation>欢迎</translation>
    </message>
    <message>
        <source>What</source>
        <translation>内容</translation>
    </message>
    <message>
        <source>What clients make of a bad network. The server itself stays well.</source>
        <translation>客户端如何应对糟糕的网络。服务器本身不受影响。</translation>
    </message>
    <message>
        <source>What happened</source>
        <translation>发生了什么</translation>
    </message>
    <message>
        <source>What it says counts from the next start; until then nothing is saved.</source>
        <translation>其内容从下次启动起生效；在此之前不保存任何内容。</translation>
    </message>
    <message>
        <source>What passes is also kept in a file of at most this size, across launches; 0: off.</source>
        <translation>经过的内容也保存在不超过此大小的文件中，跨启动保留；0：关。</translation>
    </message>
    <message>
        <source>What they say</source>
        <translation>他们说什么</translation>
    </message>
    <message>
        <source>What this is, above the web client, such as the class or event.</source>
        <translation>显示在网页客户端上方的名称，如班级或活动。</translation>
    </message>
    <message>
        <source>What this server is for</source>
        <translation>此服务器的用途</translation>
    </message>
    <message>
        <source>What to send</source>
        <translation>发送内容</translation>
    </message>
    <message>
        <source>What waits for all slow clients together, and likewise what has come of all unfinished messages; beyond it, those who hold most are closed (4008, 1009).</source>
        <translation>所有慢客户端合计的等待量，以及未完成消息的接收量；超出时断开占用最多者 (4008、1009)。</translation>
    </message>
    <message>
        <source>What was done to accounts, and by whom, is forgotten after so long.</source>
        <translation>谁对账户做了什么，过这么久后遗忘。</translation>
    </message>
    <message>
        <source>What was said since they joined</source>
        <translation>自加入以来的发言</translation>
    </message>
    <message>
        <source>What you paste is neither kept nor logged, and looking is no use of the token.</source>
        <translation>粘贴的内容既不保存也不记录，查看不算使用令牌。</translation>
    </message>
    <message>
        <source>When Windows asks, choose Allow; or this line in a terminal run as administrator:</source>
        <translation>Windows 询问时请选择“允许”；或在以管理员身份运行的终端中执行此行：</translation>
    </message>
    <message>
        <source>Where</source>
        <translation>位置</translation>
    </message>
    <message>
        <source>Which log</source>
        <translation>哪个日志</translation>
    </message>
    <message>
        <source>Who</source>
        <translation>谁</translation>
    </message>
    <message>
        <source>Who can reach the server</source>
        <translation>谁能连到服务器</translation>
    </message>
    <message>
        <source>Who may make an account: anyone who reaches the server, whoever has an invitation, whomever you approve, or nobody.</source>
        <translation>谁可创建账户：能连到服务器的人、有邀请的人、你批准的人，或无人。</translation>
    </message>
    <message>
        <source>Who may write</source>
        <translation>谁可写</translation>
    </message>
    <message>
        <source>Who may write and come in</source>
        <translation>谁可写、谁可进</translation>
    </message>
    <message>
        <source>Who waits</source>
        <translation>谁在等</translation>
    </message>
    <message>
        <source>Whoever opens it can register.</source>
        <translation>打开它的人可以注册。</translation>
    </message>
    <message>
        <source>Whole</source>
        <translation>整体</translation>
    </message>
    <message>
        <source>Whole screen</source>
        <translation>全屏</translation>
    </message>
    <message>
        <source>Whose</source>
        <translation>谁的</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>原因</translation>
    </message>
    <message>
        <source>Wi-Fi of the room</source>
        <translation>会场的 Wi-Fi</translation>
    </message>
    <message>
        <source>Windows Defender Firewall blocks this program on {name} networks.</source>
        <translation>Windows Defender 防火墙在 {name} 网络上阻止本程序。</translation>
    </message>
    <message>
        <source>Windows Defender Firewall could not be read.</source>
        <translation>无法读取 Windows Defender 防火墙。</translation>
    </message>
    <message>
        <source>Windows Defender Firewall lets this program in.</source>
        <translation>Windows Defender 防火墙允许本程序。</translation>
    </message>
    <message>
        <source>Windows Security, Firewall &amp; network protection, Allow an app through firewall: tick it.</source>
        <translation>Windows 安全中心、防火墙和网络保护、允许应用通过防火墙：勾选它。</translation>
    </message>
    <message>
        <source>With clients connected: ask, keep the server running out of sight, or stop it.</source>
        <translation>有客户端连接时：询问、在后台继续运行，或停止。</translation>
    </message>
    <message>
        <source>With the account go {at_least}{messages} it wrote or was sent, {waiting} of them still waiting.</source>
        <translation>账户写过或收到的{at_least}{messages}将一并删除，其中 {waiting} 条仍在等待。</translation>
    </message>
    <message>
        <source>Within</source>
        <translation>限时</translation>
    </message>
    <message>
        <source>Without one, run the server alone: authws-desktop serve (authws-desktop serve --help shows its options).</source>
        <translation>没有屏幕时请只运行服务器：authws-desktop serve（authws-desktop serve --help 显示其选项）。</translation>
    </message>
    <message>
        <source>Write a JSON value, such as {&quot;text&quot;: &quot;hello&quot;}.</source>
        <translation>请写一个 JSON 值，例如 {&quot;text&quot;: &quot;hello&quot;}。</translation>
    </message>
    <message>
        <source>Write a blank after the quoted text.</source>
        <translation>请在引号文本之后加空格。</translation>
    </message>
    <message>
        <source>Write a filter after “or”.</source>
        <translation>请在“or”之后写筛选条件。</translation>
    </message>
    <message>
        <source>Write a filter before “or”, or quote it to search for the word.</source>
        <translation>请在“or”之前写筛选条件，或加引号以搜索该词。</translation>
    </message>
    <message>
        <source>Write a number or null.</source>
        <translation>请写数字或 null。</translation>
    </message>
    <message>
        <source>Write a value after “{value}:”.</source>
        <translation>请在“{value}:”之后写一个值。</translation>
    </message>
    <message>
        <source>Write localhost, 0.0.0.0 or one adapter&apos;s address, without http:// and port; not “{value}”.</source>
        <translation>请写 localhost、0.0.0.0 或某个网卡的地址，不带 http:// 和端口；不是“{value}”。</translation>
    </message>
    <message>
        <source>Write one such as 192.168.1.20.</source>
        <translation>请写成 192.168.1.20 这样。</translation>
    </message>
    <message>
        <source>Write the keys on the way, such as content.text.</source>
        <translation>请写出路径上的各级键,例如 content.text。</translation>
    </message>
    <message>
        <source>Write what to leave out after “!”.</source>
        <translation>请在“!”之后写要排除的内容。</translation>
    </message>
    <message>
        <source>Write “!” before what to leave out, or quote “not” to search for the word.</source>
        <translation>请在要排除的内容前写“!”，或给“not”加引号以搜索该词。</translation>
    </message>
    <message>
        <source>Write “or” between two filters.</source>
        <translation>请在两个筛选条件之间写“or”。</translation>
    </message>
    <message>
        <source>Written to {connections}.</source>
        <translation>已写给 {connections}。</translation>
    </message>
    <message>
        <source>Written to {written} of {connections} within {time}.</source>
        <translation>{time} 内写给 {connections} 中的 {written}。</translation>
    </message>
    <message>
        <source>Written to {written} of {receivers} within {took}.</source>
        <translation>{took} 内写给 {receivers} 中的 {written}。</translation>
    </message>
    <message>
        <source>Wrote {rows} to {file}, and {test}, which replays them.</source>
        <translation>已将 {rows}写入 {file}，并写入重放它们的 {test}。</translation>
    </message>
    <message>
        <source>Yes, after a new login.</source>
        <translation>可以，重新登录之后。</translation>
    </message>
    <message>
        <source>Yes, after a pause.</source>
        <translation>可以，稍停之后。</translation>
    </message>
    <message>
        <source>Yes, then authenticate.</source>
        <translation>可以，然后验证身份。</translation>
    </message>
    <message>
        <source>Yes, with backoff.</source>
        <translation>可以，逐步延长间隔。</translation>
    </message>
    <message>
        <source>Yesterday</source>
        <translation>昨天</translation>
    </message>
    <message>
        <source>accepted</source>
        <translation>已接受</translation>
    </message>
    <message>
        <source>account</source>
        <translation>账户</translation>
    </message>
    <message>
        <source>acknowledged</source>
        <translation>已确认</translation>
    </message>
    <message>
        <source>active</source>
        <translation>启用</translation>
    </message>
    <message>
        <source>address</source>
        <translation>地址</translation>
    </message>
    <message>
        <source>all nodes</source>
        <translation>所有节点</translation>
    </message>
    <message>
        <source>always the same</source>
        <translation>始终相同</translation>
    </message>
    <message>
        <source>an earlier secret that is still accepted</source>
        <translation>仍被接受的旧密钥</translation>
    </message>
    <message>
        <source>and {count} more</source>
        <translation>以及另外 {count} 个</translation>
    </message>
    <message>
        <source>another copy of this program ({owner})</source>
        <translation>本程序的另一个副本 ({owner})</translation>
    </message>
    <message>
        <source>another port</source>
        <translation>其他端口</translation>
    </message>
    <message>
        <source>another program</source>
        <translation>其他程序</translation>
    </message>
    <message>
        <source>another program ({owner})</source>
        <translation>其他程序 ({owner})</translation>
    </message>
    <message>
        <source>any</source>
        <translation>任意</translation>
    </message>
    <message>
        <source>any free port</source>
        <translation>任意空闲端口</translation>
    </message>
    <message>
        <source>at least </source>
        <translation>至少 </translation>
    </message>
    <message>
        <source>away</source>
        <translation>不可用</translation>
    </message>
    <message>
        <source>binary</source>
        <translation>二进制</translation>
    </message>
    <message>
        <source>bytes</source>
        <translation>字节</translation>
    </message>
    <message>
        <source>cannot be counted now</source>
        <translation>目前无法计数</translation>
    </message>
    <message>
        <source>characters</source>
        <translation>字符</translation>
    </message>
    <message>
        <source>club makes http://club.local:PORT work on most devices nearby. Empty: none.</source>
        <translation>填 club 可使 http://club.local:PORT 在附近多数设备上可用。留空：无。</translation>
    </message>
    <message>
        <source>command line</source>
        <translation>命令行</translation>
    </message>
    <message>
        <source>connections</source>
        <translation>连接</translation>
    </message>
    <message>
        <source>days</source>
        <translation>天</translation>
    </message>
    <message>
        <source>default</source>
        <translation>默认</translation>
    </message>
    <message>
        <source>differs</source>
        <translation>不同</translation>
    </message>
    <message>
        <source>disabled</source>
        <translation>已停用</translation>
    </message>
    <message>
        <source>disabled: cannot log in</source>
        <translation>已停用：无法登录</translation>
    </message>
    <message>
        <source>does not exist or was revoked</source>
        <translation>不存在或已被吊销</translation>
    </message>
    <message>
        <source>done</source>
        <translation>完成</translation>
    </message>
    <message>
        <source>draining</source>
        <translation>正在排空</translation>
    </message>
    <message>
        <source>ends too early</source>
        <translation>过早结束</translation>
    </message>
    <message>
        <source>ends {connections}</source>
        <translation>结束{connections}</translation>
    </message>
    <message>
        <source>environment</source>
        <translation>环境</translation>
    </message>
    <message>
        <source>expired</source>
        <translation>已过期</translation>
    </message>
    <message>
        <source>expired; choose a life for a new one</source>
        <translation>已过期；为新令牌选择有效期</translation>
    </message>
    <message>
        <source>filtering, {percent} %</source>
        <translation>正在筛选，{percent} %</translation>
    </message>
    <message>
        <source>generated</source>
        <translation>已生成</translation>
    </message>
    <message>
        <source>given</source>
        <translation>已给定</translation>
    </message>
    <message>
        <source>good</source>
        <translation>良好</translation>
    </message>
    <message>
        <source>guest</source>
        <translation>访客</translation>
    </message>
    <message>
        <source>half of a surrogate pair stands alone (byte {half})</source>
        <translation>代理对只有一半（第 {half} 字节）</translation>
    </message>
    <message>
        <source>has expired</source>
        <translation>已过期</translation>
    </message>
    <message>
        <source>host</source>
        <translation>主持人</translation>
    </message>
    <message>
        <source>https and wss</source>
        <translation>https 和 wss</translation>
    </message>
    <message>
        <source>in {rate}/s</source>
        <translation>收 {rate}/秒</translation>
    </message>
    <message>
        <source>in {time}</source>
        <translation>{time}后</translation>
    </message>
    <message>
        <source>is used up</source>
        <translation>已用完</translation>
    </message>
    <message>
        <source>just now</source>
        <translation>刚刚</translation>
    </message>
    <message>
        <source>kept</source>
        <translation>保留</translation>
    </message>
    <message>
        <source>left out</source>
        <translation>略过</translation>
    </message>
    <message>
        <source>localhost: only this computer. 0.0.0.0: everyone on the network. Or one adapter&apos;s address.</source>
        <translation>localhost：仅此电脑。0.0.0.0：网络中所有人。或某个网卡的地址。</translation>
    </message>
    <message>
        <source>lost: closed</source>
        <translation>丢失：已关闭</translation>
    </message>
    <message>
        <source>member</source>
        <translation>成员</translation>
    </message>
    <message>
        <source>messages</source>
        <translation>消息</translation>
    </message>
    <message>
        <source>never</source>
        <translation>从不</translation>
    </message>
    <message>
        <source>no code</source>
        <translation>无代码</translation>
    </message>
    <message>
        <source>no connections</source>
        <translation>无连接</translation>
    </message>
    <message>
        <source>no end</source>
        <translation>无期限</translation>
    </message>
    <message>
        <source>no limit</source>
        <translation>不限</translation>
    </message>
    <message>
        <source>no name</source>
        <translation>无名称</translation>
    </message>
    <message>
        <source>no sessions</source>
        <translation>无会话</translation>
    </message>
    <message>
        <source>none</source>
        <translation>无</translation>
    </message>
    <message>
        <source>none kept</source>
        <translation>无保留</translation>
    </message>
    <message>
        <source>none yet</source>
        <translation>暂无</translation>
    </message>
    <message>
        <source>not late</source>
        <translation>不延迟</translation>
    </message>
    <message>
        <source>not now</source>
        <translation>现在不</translation>
    </message>
    <message>
        <source>nothing more</source>
        <translation>别无其他</translation>
    </message>
    <message>
        <source>now</source>
        <translation>现在</translation>
    </message>
    <message>
        <source>off; local: a certificate made here, which each device must trust once; files: your own.</source>
        <translation>off；local：在此制作的证书，各设备须信任一次；files：自己的。</translation>
    </message>
    <message>
        <source>only this computer</source>
        <translation>仅此电脑</translation>
    </message>
    <message>
        <source>out {rate}/s</source>
        <translation>发 {rate}/秒</translation>
    </message>
    <message>
        <source>password</source>
        <translation>密码</translation>
    </message>
    <message>
        <source>paused, {count} came since</source>
        <translation>已暂停，其后来了 {count}</translation>
    </message>
    <message>
        <source>per 15 min</source>
        <translation>每 15 分钟</translation>
    </message>
    <message>
        <source>port {port}</source>
        <translation>端口 {port}</translation>
    </message>
    <message>
        <source>pure Python</source>
        <translation>纯 Python</translation>
    </message>
    <message>
        <source>queued</source>
        <translation>排队中</translation>
    </message>
    <message>
        <source>refused</source>
        <translation>已拒绝</translation>
    </message>
    <message>
        <source>replayed</source>
        <translation>已补发</translation>
    </message>
    <message>
        <source>rows</source>
        <translation>行</translation>
    </message>
    <message>
        <source>s</source>
        <translation>秒</translation>
    </message>
    <message>
        <source>same</source>
        <translation>相同</translation>
    </message>
    <message>
        <source>saved settings</source>
        <translation>已保存的设置</translation>
    </message>
    <message>
        <source>seconds</source>
        <translation>秒</translation>
    </message>
    <message>
        <source>sent late</source>
        <translation>延迟发送</translation>
    </message>
    <message>
        <source>silent {count} s</source>
        <translation>静默 {count} 秒</translation>
    </message>
    <message>
        <source>somebody else</source>
        <translation>其他人</translation>
    </message>
    <message>
        <source>somebody who did not log in</source>
        <translation>未登录的人</translation>
    </message>
    <message>
        <source>sorted by {column}</source>
        <translation>按 {column} 排序</translation>
    </message>
    <message>
        <source>sorting, {percent} %</source>
        <translation>正在排序,{percent} %</translation>
    </message>
    <message>
        <source>the current secret</source>
        <translation>当前密钥</translation>
    </message>
    <message>
        <source>the newest</source>
        <translation>最新的</translation>
    </message>
    <message>
        <source>the two are {time} apart</source>
        <translation>两者相隔 {time}</translation>
    </message>
    <message>
        <source>there</source>
        <translation>可用</translation>
    </message>
    <message>
        <source>there, {lag}</source>
        <translation>可用，{lag}</translation>
    </message>
    <message>
        <source>this node</source>
        <translation>此节点</translation>
    </message>
    <message>
        <source>this one</source>
        <translation>此项</translation>
    </message>
    <message>
        <source>up {time}</source>
        <translation>已运行 {time}</translation>
    </message>
    <message>
        <source>usable</source>
        <translation>可用</translation>
    </message>
    <message>
        <source>used up</source>
        <translation>已用完</translation>
    </message>
    <message>
        <source>user</source>
        <translation>用户</translation>
    </message>
    <message>
        <source>virtual or VPN</source>
        <translation>虚拟或 VPN</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>等待中</translation>
    </message>
    <message>
        <source>when you end it</source>
        <translation>由你结束时</translation>
    </message>
    <message>
        <source>written</source>
        <translation>已写</translation>
    </message>
    <message>
        <source>you end it</source>
        <translation>你结束</translation>
    </message>
    <message>
        <source>you lift it</source>
        <translation>你解除</translation>
    </message>
    <message>
        <source>{accounts}, {online} online</source>
        <translation>{accounts}，{online} 在线</translation>
    </message>
    <message>
        <source>{activity}
Click for a larger chart</source>
        <translation>{activity}
点击查看大图</translation>
    </message>
    <message>
        <source>{address} is this computer itself, which cannot be banned.</source>
        <translation>{address} 就是此电脑自身，不能封禁。</translation>
    </message>
    <message>
        <source>{cards} with new passwords were not put away. They are not kept anywhere.</source>
        <translation>含新密码的{cards}尚未收起。它们没有保存在任何地方。</translation>
    </message>
    <message>
        <source>{changes} · nobody is disconnected</source>
        <translation>{changes} · 不断开任何人</translation>
    </message>
    <message>
        <source>{changes} · saving disconnects {clients}</source>
        <translation>{changes} · 保存会断开 {clients}</translation>
    </message>
    <message>
        <source>{chosen} of {all} selected</source>
        <translation>已选 {chosen}/{all}</translation>
    </message>
    <message>
        <source>{count} addresses</source>
        <translation>{count} 个地址</translation>
    </message>
    <message>
        <source>{count} messages from before were sent.</source>
        <translation>已发送之前的 {count} 条消息。</translation>
    </message>
    <message>
        <source>{count} new ↓</source>
        <translation>{count} 条新 ↓</translation>
    </message>
    <message>
        <source>{count} of them read slowly; it waits.</source>
        <translation>其中 {count} 个读取缓慢；正在等待。</translation>
    </message>
    <message>
        <source>{count} people are here</source>
        <translation>有 {count} 人在这里</translation>
    </message>
    <message>
        <source>{count} users</source>
        <translation>{count} 个用户</translation>
    </message>
    <message>
        <source>{entry} is not allowed.</source>
        <translation>{entry} 不被允许。</translation>
    </message>
    <message>
        <source>{error} No account was made. Go back and press Preview to see what is left.</source>
        <translation>{error} 没有创建账户。返回并按“预览”查看剩余。</translation>
    </message>
    <message>
        <source>{file} cannot be read ({reason}). Choose another file.</source>
        <translation>无法读取 {file} ({reason})。请选择其他文件。</translation>
    </message>
    <message>
        <source>{file} cannot be read ({strerror})</source>
        <translation>无法读取 {file}（{strerror}）</translation>
    </message>
    <message>
        <source>{file} cannot be read ({strerror}).</source>
        <translation>无法读取 {file} ({strerror})。</translation>
    </message>
    <message>
        <source>{file} cannot be written ({reason}). Choose another folder.</source>
        <translation>无法写入 {file} ({reason})。请选择其他文件夹。</translation>
    </message>
    <message>
        <source>{file} is not a file.</source>
        <translation>{file} 不是文件。</translation>
    </message>
    <message>
        <source>{first}, {second} and {count} more</source>
        <translation>{first}、{second} 等另外 {count} 个</translation>
    </message>
    <message>
        <source>{guests} will be logged out for good. Their names are free again.</source>
        <translation>{guests}将被永久注销，名称重新可用。</translation>
    </message>
    <message>
        <source>{host} is not an address of this computer now.</source>
        <translation>{host} 现在不是此电脑的地址。</translation>
    </message>
    <message>
        <source>{label} must not be empty.</source>
        <translation>{label}不能为空。</translation>
    </message>
    <message>
        <source>{least_chars} to {password_max_chars} characters</source>
        <translation>{least_chars} 到 {password_max_chars} 个字符</translation>
    </message>
    <message>
        <source>{least} to {most} letters and digits, single blanks, and . _ - @ + &apos;</source>
        <translation>{least} 至 {most} 个字母和数字，单个空格，以及 . _ - @ + &apos;</translation>
    </message>
    <message>
        <source>{low} to {high} · default {default}</source>
        <translation>{low} 至 {high} · 默认 {default}</translation>
    </message>
    <message>
        <source>{macos_clicks}: set it to allow incoming connections.</source>
        <translation>{macos_clicks}：设为允许传入连接。</translation>
    </message>
    <message>
        <source>{macos_clicks}: switch that off.</source>
        <translation>{macos_clicks}：将其关闭。</translation>
    </message>
    <message>
        <source>{messages} are deleted for good, those that wait for people who are away included. Who comes back gets none of them. The traffic and its history stay as they are.</source>
        <translation>{messages}将被永久删除，包括等待不在场者的。回来的人收不到。流量及其历史不变。</translation>
    </message>
    <message>
        <source>{names} and {last}</source>
        <translation>{names} 和 {last}</translation>
    </message>
    <message>
        <source>{names} may try again now.</source>
        <translation>{names} 现在可以重试。</translation>
    </message>
    <message>
        <source>{name} (has left)</source>
        <translation>{name} (已离开)</translation>
    </message>
    <message>
        <source>{name} acknowledged it {after} later.</source>
        <translation>{name} 在 {after}后确认。</translation>
    </message>
    <message>
        <source>{name} did not fetch it in time; it is gone.</source>
        <translation>{name} 未及时领取；已失效。</translation>
    </message>
    <message>
        <source>{name} has a new password.</source>
        <translation>{name} 有了新密码。</translation>
    </message>
    <message>
        <source>{name} is away: it waits for the next login, until {until}.</source>
        <translation>{name} 不在：等待下次登录，至 {until}。</translation>
    </message>
    <message>
        <source>{name} is damaged at line {number}.</source>
        <translation>{name} 在第 {number} 行损坏。</translation>
    </message>
    <message>
        <source>{name} is not connected, and was not since the traffic is kept.</source>
        <translation>{name} 未连接，自保留流量以来也未曾连接。</translation>
    </message>
    <message>
        <source>{name} is not connected: left {when} with {value}.</source>
        <translation>{name} 未连接：{when} 以 {value} 离开。</translation>
    </message>
    <message>
        <source>{name} was away, and got it {after} later.</source>
        <translation>{name} 曾不在，{after}后收到。</translation>
    </message>
    <message>
        <source>{name} was changed meanwhile ({who}{when}); now: {role}, {state}.</source>
        <translation>{name} 在此期间已更改 ({who}{when})；现在：{role}，{state}。</translation>
    </message>
    <message>
        <source>{name} was written by a newer version of this program.</source>
        <translation>{name} 由本程序的更新版本写入。</translation>
    </message>
    <message>
        <source>{now} now, {most} at most</source>
        <translation>现在 {now}，最多 {most}</translation>
    </message>
    <message>
        <source>{problem} (character {place})</source>
        <translation>{problem} (第 {place} 个字符)</translation>
    </message>
    <message>
        <source>{rows} ({missing} passed too fast)</source>
        <translation>{rows} ({missing} 过快略过)</translation>
    </message>
    <message>
        <source>{rows} came and went while paused: the memory for traffic was full.</source>
        <translation>暂停期间 {rows}来了又走：流量内存已满。</translation>
    </message>
    <message>
        <source>{same}, and there is no difference.</source>
        <translation>{same}，没有差异。</translation>
    </message>
    <message>
        <source>{same}. Then a connection of {name} differs:</source>
        <translation>{same}。之后 {name} 的一个连接不同：</translation>
    </message>
    <message>
        <source>{sentence} It is not used.</source>
        <translation>{sentence}该行不会被使用。</translation>
    </message>
    <message>
        <source>{sentence} To search for the text, quote it.</source>
        <translation>{sentence} 要搜索文本，请加引号。</translation>
    </message>
    <message>
        <source>{shown} of {all} shown</source>
        <translation>显示 {shown}/{all}</translation>
    </message>
    <message>
        <source>{shown} of {rows}</source>
        <translation>{rows}中的 {shown}</translation>
    </message>
    <message>
        <source>{time} ago</source>
        <translation>{time}前</translation>
    </message>
    <message>
        <source>{value} is no traffic exported by this program as JSON Lines.</source>
        <translation>{value} 不是本程序以 JSON Lines 导出的流量。</translation>
    </message>
    <message>
        <source>{value} {key} wait {wait_s} s after {failures} failures (Retry-After: {wait_s}).</source>
        <translation>{value} {key} 在 {failures} 次失败后等待 {wait_s} 秒 (Retry-After: {wait_s})。</translation>
    </message>
    <message>
        <source>{variable} ({source}) is no setting.</source>
        <translation>{variable}（{source}）不是设置项。</translation>
    </message>
    <message>
        <source>{variable} ({source}) is not used: {reason}.</source>
        <translation>{variable} ({source}) 未被使用：{reason}。</translation>
    </message>
    <message>
        <source>{what} belongs to another program.</source>
        <translation>{what} 属于另一个程序。</translation>
    </message>
    <message>
        <source>{what} cannot be opened ({detail}).</source>
        <translation>无法打开 {what} ({detail})。</translation>
    </message>
    <message>
        <source>{what} cannot be used ({detail}).</source>
        <translation>无法使用 {what} ({detail})。</translation>
    </message>
    <message>
        <source>{what} cannot grow: the disk is full.</source>
        <translation>{what} 无法增大：磁盘已满。</translation>
    </message>
    <message>
        <source>{what} contains half a character (a lone surrogate).</source>
        <translation>{what} 包含半个字符（单独的代理项）。</translation>
    </message>
    <message>
        <source>{what} is UTF-16, not UTF-8.</source>
        <translation>{what} 是 UTF-16，不是 UTF-8。</translation>
    </message>
    <message>
        <source>{what} is damaged or is not a database.</source>
        <translation>{what} 已损坏，或不是数据库。</translation>
    </message>
    <message>
        <source>{what} is locked by another program.</source>
        <translation>{what} 被另一个程序锁定。</translation>
    </message>
    <message>
        <source>{what} is nested too deeply.</source>
        <translation>{what} 嵌套太深。</translation>
    </message>
    <message>
        <source>{what} is not UTF-8: byte {value} is 0x{byte}.</source>
        <translation>{what} 不是 UTF-8：第 {value} 字节是 0x{byte}。</translation>
    </message>
    <message>
        <source>{what} is not valid JSON: {detail}.</source>
        <translation>{what} 不是有效的 JSON：{detail}。</translation>
    </message>
    <message>
        <source>{what} is read-only.</source>
        <translation>{what} 是只读的。</translation>
    </message>
    <message>
        <source>{what} must be a JSON object, not {value}.</source>
        <translation>{what} 必须是 JSON 对象，而不是 {value}。</translation>
    </message>
    <message>
        <source>{what} must have {limits}.</source>
        <translation>{what} 必须有 {limits}。</translation>
    </message>
    <message>
        <source>{what} was deleted or moved away while this program uses it.</source>
        <translation>{what} 在本程序使用期间被删除或移走。</translation>
    </message>
    <message>
        <source>{what} was replaced or overwritten by another program while this one uses it.</source>
        <translation>{what} 在本程序使用期间被另一个程序替换或覆盖。</translation>
    </message>
    <message>
        <source>{what} was written by a newer version of this program.</source>
        <translation>{what} 由本程序的更新版本写入。</translation>
    </message>
    <message>
        <source>{where} cannot be asked ({name})</source>
        <translation>无法查询 {where}（{name}）</translation>
    </message>
    <message>
        <source>{where} must be a whole number{example}, not &apos;{text}&apos;.</source>
        <translation>{where} 必须是整数{example}，而不是 &apos;{text}&apos;。</translation>
    </message>
    <message>
        <source>{where} must be one of {allowed}, not &apos;{value}&apos;.</source>
        <translation>{where} 必须是 {allowed} 之一，而不是 &apos;{value}&apos;。</translation>
    </message>
    <message>
        <source>{where} must be {limits}, not {value}.</source>
        <translation>{where} 必须是 {limits}，而不是 {value}。</translation>
    </message>
    <message>
        <source>{where} takes letters, digits and hyphens, such as club.</source>
        <translation>{where} 可用字母、数字和连字符，例如 club。</translation>
    </message>
    <message>
        <source>{why} Nothing of it is used.</source>
        <translation>{why} 其中的内容都不会使用。</translation>
    </message>
    <message>
        <source>“{name}:” knows no “{wrong}”.</source>
        <translation>“{name}:”没有“{wrong}”。</translation>
    </message>
    <message>
        <source>“{name}” is compared: write {name}&gt; or {name}&lt;.</source>
        <translation>“{name}”用于比较：请写 {name}&gt; 或 {name}&lt;。</translation>
    </message>
    <message>
        <source>“{setting}” is set from outside: {source}. Change it there.</source>
        <translation>“{setting}”由外部设定：{source}。请在那里更改。</translation>
    </message>
    <message>
        <source>“{value}” cannot be compared; size, took and time can.</source>
        <translation>“{value}”不能比较；size、took 和 time 可以。</translation>
    </message>
    <message>
        <source>… {count} more bytes</source>
        <translation>… 还有 {count} 字节</translation>
    </message>
    <message>
        <source>○ Not connected yet: run a snippet and watch it arrive.</source>
        <translation>○ 尚未连接：运行代码片段即可看到它到达。</translation>
    </message>
    <message>
        <source>● Connected from {address}</source>
        <translation>● 已从 {address} 连接</translation>
    </message>
</context>
</TS>
