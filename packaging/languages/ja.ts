<?xml version="1.0" encoding="utf-8"?>
<!DOCTYPE TS>
<TS version="2.1" language="ja" sourcelanguage="en">
<context>
    <name>Authws</name>
    <message>
        <source> One more fault below.</source>
        <translation> 下にもう 1 件の障害。</translation>
    </message>
    <message>
        <source> Save to have it so.</source>
        <translation> 保存すると反映されます。</translation>
    </message>
    <message>
        <source> {count} more faults below.</source>
        <translation> 下にあと {count} 件の障害。</translation>
    </message>
    <message numerus="yes">
        <source>%n accounts</source>
        <translation>
            <numerusform>%n 件のアカウント</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n accounts will be made.</source>
        <translation>
            <numerusform>%n 件のアカウントを作成します。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n acts</source>
        <translation>
            <numerusform>%n 件の操作</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n bytes</source>
        <translation>
            <numerusform>%n バイト</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n cards</source>
        <translation>
            <numerusform>%n 枚のカード</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n changes</source>
        <translation>
            <numerusform>%n 件の変更</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n clients</source>
        <translation>
            <numerusform>%n クライアント</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n clients are connected.</source>
        <translation>
            <numerusform>%n クライアントが接続中です。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n connections</source>
        <translation>
            <numerusform>%n 件の接続</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n connections still use the old secret.</source>
        <translation>
            <numerusform>%n 件の接続がまだ古い秘密鍵を使っています。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n errors</source>
        <translation>
            <numerusform>エラー %n 件</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n fields</source>
        <translation>
            <numerusform>%n 個のフィールド</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n guests</source>
        <translation>
            <numerusform>%n 人のゲスト</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n invitations</source>
        <translation>
            <numerusform>%n 件の招待</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n items</source>
        <translation>
            <numerusform>%n 個の要素</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n joined</source>
        <translation>
            <numerusform>%n 人が参加</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n kept messages</source>
        <translation>
            <numerusform>%n 件の保存メッセージ</numerusform>
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
            <numerusform>%n 行に問題があるため除外します。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n logins were refused.</source>
        <translation>
            <numerusform>%n 件のログインを拒否しました。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n messages</source>
        <translation>
            <numerusform>%n 件のメッセージ</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n people wait for your approval.</source>
        <translation>
            <numerusform>%n 人が承認を待っています。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n read slowly: it waits for them.</source>
        <translation>
            <numerusform>%n 件の読み取りが遅く、待っています。</numerusform>
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
            <numerusform>%n 行が同じ</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n sessions</source>
        <translation>
            <numerusform>%n 件のセッション</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n users</source>
        <translation>
            <numerusform>%n ユーザー</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n values are wrong</source>
        <translation>
            <numerusform>%n 個の値が不正です</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n were lost as their connections closed.</source>
        <translation>
            <numerusform>接続が閉じて %n 件が失われました。</numerusform>
        </translation>
    </message>
    <message numerus="yes">
        <source>%n were sent late.</source>
        <translation>
            <numerusform>%n 件が遅れて送られました。</numerusform>
        </translation>
    </message>
    <message>
        <source>&amp;About Authws Desktop</source>
        <translation>Authws Desktop について(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Accounts</source>
        <translation>アカウント(&amp;A)</translation>
    </message>
    <message>
        <source>&amp;Answers as rows	E</source>
        <translation>応答を行として表示(&amp;A)	E</translation>
    </message>
    <message>
        <source>&amp;Bans…</source>
        <translation>禁止(&amp;B)…</translation>
    </message>
    <message>
        <source>&amp;Clear	Ctrl+L</source>
        <translation>消去(&amp;C)	Ctrl+L</translation>
    </message>
    <message>
        <source>&amp;Cluster…</source>
        <translation>クラスター(&amp;C)…</translation>
    </message>
    <message>
        <source>&amp;Copy WebSocket address</source>
        <translation>WebSocket アドレスをコピー(&amp;C)</translation>
    </message>
    <message>
        <source>&amp;Documentation</source>
        <translation>ドキュメント(&amp;D)</translation>
    </message>
    <message>
        <source>&amp;Export and open</source>
        <translation>書き出して開く(&amp;E)</translation>
    </message>
    <message>
        <source>&amp;Follow	F</source>
        <translation>追従(&amp;F)	F</translation>
    </message>
    <message>
        <source>&amp;Help</source>
        <translation>ヘルプ(&amp;H)</translation>
    </message>
    <message>
        <source>&amp;Open in browser</source>
        <translation>ブラウザーで開く(&amp;O)</translation>
    </message>
    <message>
        <source>&amp;Pause	Space</source>
        <translation>一時停止(&amp;P)	Space</translation>
    </message>
    <message>
        <source>&amp;Projector</source>
        <translation>プロジェクター(&amp;P)</translation>
    </message>
    <message>
        <source>&amp;Quit</source>
        <translation>終了(&amp;Q)</translation>
    </message>
    <message>
        <source>&amp;Room</source>
        <translation>ルーム(&amp;R)</translation>
    </message>
    <message>
        <source>&amp;Send as server…</source>
        <translation>サーバーとして送信(&amp;S)…</translation>
    </message>
    <message>
        <source>&amp;Server</source>
        <translation>サーバー(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Start</source>
        <translation>開始(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Stop</source>
        <translation>停止(&amp;S)</translation>
    </message>
    <message>
        <source>&amp;Time order	Esc</source>
        <translation>時間順(&amp;T)	Esc</translation>
    </message>
    <message>
        <source>&amp;Traffic</source>
        <translation>通信(&amp;T)</translation>
    </message>
    <message>
        <source>&amp;View</source>
        <translation>表示(&amp;V)</translation>
    </message>
    <message>
        <source>&apos;{address}&apos; is not an IP address.</source>
        <translation>&apos;{address}&apos; は IP アドレスではありません。</translation>
    </message>
    <message>
        <source>&apos;{host}&apos; is not an address of this computer.</source>
        <translation>&apos;{host}&apos; はこのコンピューターのアドレスではありません。</translation>
    </message>
    <message>
        <source>&apos;{username}&apos; is a guest here, who has no account.</source>
        <translation>&apos;{username}&apos; はここではゲストで、アカウントがありません。</translation>
    </message>
    <message>
        <source>&apos;{username}&apos; is a guest, who has neither a password nor another role.</source>
        <translation>&apos;{username}&apos; はゲストで、パスワードも他のロールもありません。</translation>
    </message>
    <message>
        <source>, {count} waiting</source>
        <translation>、{count} 件待機</translation>
    </message>
    <message>
        <source>/s</source>
        <translation>/秒</translation>
    </message>
    <message>
        <source>1 person is here</source>
        <translation>1 人がいます</translation>
    </message>
    <message>
        <source>1. Join the Wi-Fi</source>
        <translation>1. Wi-Fi に接続</translation>
    </message>
    <message>
        <source>2 min ago</source>
        <translation>2 分前</translation>
    </message>
    <message>
        <source>2. Come in: scan, or type</source>
        <translation>2. 参加: スキャンするか入力</translation>
    </message>
    <message>
        <source>32 characters or more</source>
        <translation>32 文字以上</translation>
    </message>
    <message>
        <source>A Wi-Fi&apos;s name has at most 32 bytes.</source>
        <translation>Wi-Fi の名前は最大 32 バイトです。</translation>
    </message>
    <message>
        <source>A Wi-Fi&apos;s password has 8 to 63 characters.</source>
        <translation>Wi-Fi のパスワードは 8~63 文字です。</translation>
    </message>
    <message>
        <source>A client that reads so slowly that more than this waits for it is closed (4008).</source>
        <translation>読み取りが遅く、待ちがこれを超えたクライアントは切断されます (4008)。</translation>
    </message>
    <message>
        <source>A connection that does not answer a ping in time is ended.</source>
        <translation>時間内に ping に応答しない接続は終了されます。</translation>
    </message>
    <message>
        <source>A connection that has not authenticated by then is closed (4001).</source>
        <translation>それまでに認証しない接続は切断されます (4001)。</translation>
    </message>
    <message>
        <source>A direct names its recipient in “to”: a user or a connection.</source>
        <translation>ダイレクトは「to」に宛先(ユーザーまたは接続)を指定します。</translation>
    </message>
    <message>
        <source>A file in {folder} is not a certificate or key.</source>
        <translation>{folder} のファイルが証明書または鍵ではありません。</translation>
    </message>
    <message>
        <source>A frame is a JSON object with a “type”: authenticate, message or direct.</source>
        <translation>フレームは「type」を持つ JSON オブジェクトです: authenticate、message、direct。</translation>
    </message>
    <message>
        <source>A host may also manage this server over HTTP.</source>
        <translation>ホストは HTTP でもこのサーバーを管理できます。</translation>
    </message>
    <message>
        <source>A key is missing beside a dot.</source>
        <translation>ドットの隣にキーがありません。</translation>
    </message>
    <message>
        <source>A language is written as a short code, such as en, de or pt-BR.</source>
        <translation>言語は en、de、pt-BR のような短いコードで書きます。</translation>
    </message>
    <message>
        <source>A larger one ends the connection (1009). Many clients take no more than 1 MiB.</source>
        <translation>これより大きいと接続が切れます (1009)。多くのクライアントは 1 MiB までです。</translation>
    </message>
    <message>
        <source>A message from the tray when a login was refused.</source>
        <translation>ログインが拒否されたときにトレイから通知します。</translation>
    </message>
    <message>
        <source>A message from the tray when somebody connects first.</source>
        <translation>最初の人が接続したときにトレイから通知します。</translation>
    </message>
    <message>
        <source>A message from the tray when somebody waits for approval.</source>
        <translation>誰かが承認を待つときにトレイから通知します。</translation>
    </message>
    <message>
        <source>A message to {to} was not fetched in time, and is gone.</source>
        <translation>{to} 宛てのメッセージは期限内に受け取られず、失われました。</translation>
    </message>
    <message>
        <source>A newer version</source>
        <translation>新しいバージョン</translation>
    </message>
    <message>
        <source>A number or nothing.</source>
        <translation>数値または空。</translation>
    </message>
    <message>
        <source>A real-time WebSocket server with real logins. MIT licence.</source>
        <translation>本物のログインを備えたリアルタイム WebSocket サーバー。MIT ライセンス。</translation>
    </message>
    <message>
        <source>A recording…</source>
        <translation>記録…</translation>
    </message>
    <message>
        <source>A regular expression stands between two slashes, /like this/.</source>
        <translation>正規表現は 2 本のスラッシュの間に書きます。例: /like this/</translation>
    </message>
    <message>
        <source>A request has exactly one &apos;Host&apos; header.</source>
        <translation>リクエストの &apos;Host&apos; ヘッダーはちょうど 1 つです。</translation>
    </message>
    <message>
        <source>A rule of the firewall ufw blocks port {port}.</source>
        <translation>ファイアウォール ufw の規則がポート {port} をブロックしています。</translation>
    </message>
    <message>
        <source>A sentence that everybody reads before they come in.</source>
        <translation>入室前に全員が読む一文。</translation>
    </message>
    <message>
        <source>A size is a number of bytes, such as size&gt;200 or size&lt;10k.</source>
        <translation>サイズはバイト数です。例: size&gt;200、size&lt;10k</translation>
    </message>
    <message>
        <source>A time is a number of ms or s, such as took&gt;100ms or took&gt;1.5s.</source>
        <translation>時間は ms または s の数値です。例: took&gt;100ms、took&gt;1.5s</translation>
    </message>
    <message>
        <source>A time of day is written as 20:41 or 20:41:05.</source>
        <translation>時刻は 20:41 または 20:41:05 のように書きます。</translation>
    </message>
    <message>
        <source>A visitor, who has no account here.</source>
        <translation>ここにアカウントのない訪問者です。</translation>
    </message>
    <message>
        <source>About Authws Desktop</source>
        <translation>Authws Desktop について</translation>
    </message>
    <message>
        <source>Accept</source>
        <translation>承認</translation>
    </message>
    <message>
        <source>Accept them, and they can log in.</source>
        <translation>承認するとログインできます。</translation>
    </message>
    <message>
        <source>Accepted {names}. They can log in now.</source>
        <translation>{names} を承認しました。ログインできます。</translation>
    </message>
    <message>
        <source>Account</source>
        <translation>アカウント</translation>
    </message>
    <message>
        <source>Account or token ended ({code}).</source>
        <translation>アカウントまたはトークンが終了しました ({code})。</translation>
    </message>
    <message>
        <source>Accounts</source>
        <translation>アカウント</translation>
    </message>
    <message>
        <source>Accounts that were made with them stay.</source>
        <translation>それで作られたアカウントは残ります。</translation>
    </message>
    <message>
        <source>Activity</source>
        <translation>アクティビティ</translation>
    </message>
    <message>
        <source>Activity of the last 2 minutes</source>
        <translation>直近 2 分のアクティビティ</translation>
    </message>
    <message>
        <source>Add</source>
        <translation>追加</translation>
    </message>
    <message>
        <source>Add &amp;virtual users…</source>
        <translation>仮想ユーザーを追加(&amp;V)…</translation>
    </message>
    <message>
        <source>Add a column</source>
        <translation>列を追加</translation>
    </message>
    <message>
        <source>Add column…</source>
        <translation>列を追加…</translation>
    </message>
    <message>
        <source>Add virtual users</source>
        <translation>仮想ユーザーを追加</translation>
    </message>
    <message>
        <source>Address</source>
        <translation>アドレス</translation>
    </message>
    <message>
        <source>Address in the snippets</source>
        <translation>スニペットのアドレス</translation>
    </message>
    <message>
        <source>Address on the cards</source>
        <translation>カードのアドレス</translation>
    </message>
    <message>
        <source>Address to give out</source>
        <translation>配布するアドレス</translation>
    </message>
    <message>
        <source>Address to show</source>
        <translation>表示するアドレス</translation>
    </message>
    <message>
        <source>Addresses or networks of your own reverse proxies, such as 10.0.0.0/8: what they say of a client&apos;s address (X-Forwarded-For) is believed.</source>
        <translation>自分のリバースプロキシのアドレスまたはネットワーク (例 10.0.0.0/8)。クライアントのアドレスについての申告 (X-Forwarded-For) を信用します。</translation>
    </message>
    <message>
        <source>Administrative acts</source>
        <translation>管理操作</translation>
    </message>
    <message>
        <source>After too many wrong passwords, people are listed here.</source>
        <translation>パスワードを何度も間違えた人がここに表示されます。</translation>
    </message>
    <message>
        <source>All buffers</source>
        <translation>全バッファー</translation>
    </message>
    <message>
        <source>All nodes, half a second late</source>
        <translation>全ノード（0.5 秒遅れ）</translation>
    </message>
    <message>
        <source>All that is kept</source>
        <translation>保存されているものすべて</translation>
    </message>
    <message>
        <source>Allow writing to the file and its folder, or choose another data folder; of PostgreSQL, name the server that is no standby.</source>
        <translation>ファイルとそのフォルダーへの書き込みを許可するか、別のデータフォルダーを選んでください。PostgreSQL では、スタンバイでないサーバーを指定してください。</translation>
    </message>
    <message>
        <source>Allow writing to the file and its folder.</source>
        <translation>ファイルとそのフォルダーへの書き込みを許可してください。</translation>
    </message>
    <message>
        <source>Allow {entry} from now on; nobody is disconnected.</source>
        <translation>今後 {entry} を許可します。誰も切断されません。</translation>
    </message>
    <message>
        <source>Allowed host names</source>
        <translation>許可するホスト名</translation>
    </message>
    <message>
        <source>Allowed origins</source>
        <translation>許可するオリジン</translation>
    </message>
    <message>
        <source>Also the last 50 messages before</source>
        <translation>その前の 50 件も</translation>
    </message>
    <message>
        <source>Also what few people change</source>
        <translation>めったに変えないものも</translation>
    </message>
    <message>
        <source>An announcement has at most {max_characters} characters; this one has {said}.</source>
        <translation>告知は最大 {max_characters} 文字です。これは {said} 文字です。</translation>
    </message>
    <message>
        <source>An announcement needs a text.</source>
        <translation>告知には本文が必要です。</translation>
    </message>
    <message>
        <source>Announce</source>
        <translation>告知</translation>
    </message>
    <message>
        <source>Announcement to everyone</source>
        <translation>全員への告知</translation>
    </message>
    <message>
        <source>Announce…</source>
        <translation>告知…</translation>
    </message>
    <message>
        <source>Announce… (nobody is logged in)</source>
        <translation>告知… (ログイン中の人がいません)</translation>
    </message>
    <message>
        <source>Another algorithm than HS256 is named.</source>
        <translation>HS256 以外のアルゴリズムが指定されています。</translation>
    </message>
    <message>
        <source>Answer within</source>
        <translation>応答の期限</translation>
    </message>
    <message>
        <source>Answers</source>
        <translation>応答</translation>
    </message>
    <message>
        <source>App</source>
        <translation>アプリ</translation>
    </message>
    <message>
        <source>Approval: you accept each newcomer</source>
        <translation>承認制: 新規の人を一人ずつ承認</translation>
    </message>
    <message>
        <source>As</source>
        <translation>名義</translation>
    </message>
    <message>
        <source>As CSV…</source>
        <translation>CSV として…</translation>
    </message>
    <message>
        <source>As JSON Lines…</source>
        <translation>JSON Lines として…</translation>
    </message>
    <message>
        <source>As it was at {time}: {there}</source>
        <translation>{time} 時点: {there}</translation>
    </message>
    <message>
        <source>As set below</source>
        <translation>下の設定どおり</translation>
    </message>
    <message>
        <source>As the environment says</source>
        <translation>環境に従う</translation>
    </message>
    <message>
        <source>As the system</source>
        <translation>システムに従う</translation>
    </message>
    <message>
        <source>Ask the host for a new one.</source>
        <translation>新しいものをホストに頼んでください。</translation>
    </message>
    <message>
        <source>Ask the host for one.</source>
        <translation>ホストに頼んでください。</translation>
    </message>
    <message>
        <source>Ask the host to enable it.</source>
        <translation>有効にするようホストに頼んでください。</translation>
    </message>
    <message>
        <source>Ask the host to end those who are gone.</source>
        <translation>もういないゲストを終了するようホストに頼んでください。</translation>
    </message>
    <message>
        <source>Ask the host to look at them, then try again.</source>
        <translation>確認するようホストに頼み、その後もう一度お試しください。</translation>
    </message>
    <message>
        <source>Ask the recipient before it is sent a second time.</source>
        <translation>2 回目を送る前に受信者に確認してください。</translation>
    </message>
    <message>
        <source>Ask what to do</source>
        <translation>毎回たずねる</translation>
    </message>
    <message>
        <source>Asked</source>
        <translation>申請</translation>
    </message>
    <message>
        <source>Asking…</source>
        <translation>問い合わせ中…</translation>
    </message>
    <message>
        <source>Asks the page of this program, and sends nothing else.</source>
        <translation>このプログラムのページに問い合わせるだけで、ほかには何も送信しません。</translation>
    </message>
    <message>
        <source>At least 8 characters of any kind.</source>
        <translation>8 文字以上、種類は自由。</translation>
    </message>
    <message>
        <source>At the start and once a day, the page of this program is asked. Off: nobody is asked.</source>
        <translation>起動時と 1 日に 1 回、このプログラムのページに問い合わせます。オフ: どこにも問い合わせません。</translation>
    </message>
    <message>
        <source>Audit</source>
        <translation>監査</translation>
    </message>
    <message>
        <source>Authws Desktop</source>
        <translation>Authws Desktop</translation>
    </message>
    <message>
        <source>Authws Desktop cannot start</source>
        <translation>Authws Desktop を起動できません</translation>
    </message>
    <message>
        <source>Authws Desktop is already open ({who}), but it does not answer. Wait a moment, or end that process, and start it again.</source>
        <translation>Authws Desktop はすでに開いています ({who}) が、応答しません。少し待つか、そのプロセスを終了してから起動し直してください。</translation>
    </message>
    <message>
        <source>B hides everything    W Wi-Fi…    F11 whole screen    Esc closes</source>
        <translation>B すべて隠す    W Wi-Fi…    F11 全画面    Esc 閉じる</translation>
    </message>
    <message>
        <source>Back</source>
        <translation>戻る</translation>
    </message>
    <message>
        <source>Back to live</source>
        <translation>ライブに戻る</translation>
    </message>
    <message>
        <source>Back to now</source>
        <translation>現在に戻る</translation>
    </message>
    <message>
        <source>Back to the live traffic</source>
        <translation>ライブの通信に戻る</translation>
    </message>
    <message>
        <source>Ban</source>
        <translation>禁止</translation>
    </message>
    <message>
        <source>Ban address…</source>
        <translation>アドレスを禁止…</translation>
    </message>
    <message>
        <source>Ban the address instead.</source>
        <translation>代わりにアドレスを禁止してください。</translation>
    </message>
    <message>
        <source>Ban user…</source>
        <translation>ユーザーを禁止…</translation>
    </message>
    <message>
        <source>Ban {whom}?</source>
        <translation>{whom} を禁止しますか?</translation>
    </message>
    <message>
        <source>Bandwidth</source>
        <translation>帯域</translation>
    </message>
    <message>
        <source>Banned by the host ({code}).</source>
        <translation>ホストにより禁止されました ({code})。</translation>
    </message>
    <message>
        <source>Banned until</source>
        <translation>禁止の期限</translation>
    </message>
    <message>
        <source>Bans</source>
        <translation>禁止</translation>
    </message>
    <message>
        <source>Bans…</source>
        <translation>禁止…</translation>
    </message>
    <message>
        <source>Beyond every calendar.</source>
        <translation>どの暦も超えています。</translation>
    </message>
    <message>
        <source>Both ways</source>
        <translation>双方向</translation>
    </message>
    <message>
        <source>By time again, with what came meanwhile (Esc)</source>
        <translation>再び時間順に、その間に届いたものも含めて (Esc)</translation>
    </message>
    <message>
        <source>Bytes</source>
        <translation>バイト</translation>
    </message>
    <message>
        <source>CSV (*.csv)</source>
        <translation>CSV (*.csv)</translation>
    </message>
    <message>
        <source>CSV files (*.csv)</source>
        <translation>CSV ファイル (*.csv)</translation>
    </message>
    <message>
        <source>Cancel</source>
        <translation>キャンセル</translation>
    </message>
    <message>
        <source>Cancelled.</source>
        <translation>キャンセルしました。</translation>
    </message>
    <message>
        <source>Cancelled; no account was made.</source>
        <translation>キャンセルしました。アカウントは作成していません。</translation>
    </message>
    <message>
        <source>Cannot listen on {host} port {port}: {value}.</source>
        <translation>{host} のポート {port} で待ち受けできません: {value}。</translation>
    </message>
    <message>
        <source>Certificate file</source>
        <translation>証明書ファイル</translation>
    </message>
    <message>
        <source>Certificate until {date}, SHA-256 {code}</source>
        <translation>証明書 {date} まで、SHA-256 {code}</translation>
    </message>
    <message>
        <source>Certificate until {date}. SHA-256 of its authority: {code}</source>
        <translation>証明書 {date} まで。認証局の SHA-256: {code}</translation>
    </message>
    <message>
        <source>Change</source>
        <translation>変更</translation>
    </message>
    <message>
        <source>Change it there, or unset it to use a file.</source>
        <translation>そちらで変更するか、設定を外してファイルを使ってください。</translation>
    </message>
    <message>
        <source>Changed “{setting}” under Settings; it holds from now on.</source>
        <translation>設定の「{setting}」を変更しました。今から有効です。</translation>
    </message>
    <message>
        <source>Chatter: each talks to everyone</source>
        <translation>おしゃべり: 各自が全員に話す</translation>
    </message>
    <message>
        <source>Check again</source>
        <translation>再確認</translation>
    </message>
    <message>
        <source>Check its brackets and quotes.</source>
        <translation>括弧と引用符を確認してください。</translation>
    </message>
    <message>
        <source>Check that it can be reached and written, or choose another one.</source>
        <translation>到達と書き込みができるか確認するか、別のものを選んでください。</translation>
    </message>
    <message>
        <source>Check the &amp;network…</source>
        <translation>ネットワークを確認(&amp;N)…</translation>
    </message>
    <message>
        <source>Check the clocks of both computers.</source>
        <translation>両方のコンピューターの時計を確認してください。</translation>
    </message>
    <message>
        <source>Check the network</source>
        <translation>ネットワークを確認</translation>
    </message>
    <message>
        <source>Checking…</source>
        <translation>確認中…</translation>
    </message>
    <message>
        <source>Choose My network in the server bar to let others in.</source>
        <translation>サーバーバーの「自分のネットワーク」を選ぶと公開されます。</translation>
    </message>
    <message>
        <source>Choose a line to lift it.</source>
        <translation>解除する行を選んでください。</translation>
    </message>
    <message>
        <source>Choose a lower level or change the search.</source>
        <translation>レベルを下げるか、検索を変えてください。</translation>
    </message>
    <message>
        <source>Choose a row above to see what is in it.</source>
        <translation>上の行を選ぶと中身が表示されます。</translation>
    </message>
    <message>
        <source>Choose a time to come.</source>
        <translation>未来の時刻を選んでください。</translation>
    </message>
    <message>
        <source>Choose another file or database.</source>
        <translation>別のファイルまたはデータベースを選んでください。</translation>
    </message>
    <message>
        <source>Choose another one to listen on.</source>
        <translation>待ち受けるアドレスを別に選んでください。</translation>
    </message>
    <message>
        <source>Choose another one.</source>
        <translation>別のものを選んでください。</translation>
    </message>
    <message>
        <source>Choose one above 1023.</source>
        <translation>1023 より大きいポートを選んでください。</translation>
    </message>
    <message>
        <source>Choose one or many; Ctrl+A chooses all.</source>
        <translation>1 つまたは複数を選択。Ctrl+A ですべて選択。</translation>
    </message>
    <message>
        <source>Choose one to end it.</source>
        <translation>終わらせるものを選んでください。</translation>
    </message>
    <message>
        <source>Choose one to see all about it, or many to act on them.</source>
        <translation>1 つ選ぶとすべて表示、複数選ぶとまとめて操作できます。</translation>
    </message>
    <message>
        <source>Choose the {name}</source>
        <translation>{name} を選択</translation>
    </message>
    <message>
        <source>Choose…</source>
        <translation>選択…</translation>
    </message>
    <message>
        <source>Chosen users</source>
        <translation>選択したユーザー</translation>
    </message>
    <message>
        <source>Claim</source>
        <translation>クレーム</translation>
    </message>
    <message>
        <source>Claims</source>
        <translation>クレーム</translation>
    </message>
    <message>
        <source>Claims of the token</source>
        <translation>トークンのクレーム</translation>
    </message>
    <message>
        <source>Clear</source>
        <translation>消去</translation>
    </message>
    <message>
        <source>Clear messages…</source>
        <translation>メッセージを消去…</translation>
    </message>
    <message>
        <source>Clear search</source>
        <translation>検索を消去</translation>
    </message>
    <message>
        <source>Clear the messages kept?</source>
        <translation>保存メッセージを消去しますか?</translation>
    </message>
    <message>
        <source>Clear {messages}</source>
        <translation>{messages} を消去</translation>
    </message>
    <message>
        <source>Cleared</source>
        <translation>消去しました</translation>
    </message>
    <message>
        <source>Cleared {messages}.</source>
        <translation>{messages} を消去しました。</translation>
    </message>
    <message>
        <source>Cleared {rows}.</source>
        <translation>{rows} を消去しました。</translation>
    </message>
    <message>
        <source>Client</source>
        <translation>クライアント</translation>
    </message>
    <message>
        <source>Clients</source>
        <translation>クライアント</translation>
    </message>
    <message>
        <source>Close</source>
        <translation>閉じる</translation>
    </message>
    <message>
        <source>Close (Esc)</source>
        <translation>閉じる (Esc)</translation>
    </message>
    <message>
        <source>Close Authws Desktop?</source>
        <translation>Authws Desktop を閉じますか？</translation>
    </message>
    <message>
        <source>Close now with</source>
        <translation>今すぐ切断、コード</translation>
    </message>
    <message>
        <source>Close that program, then try again.</source>
        <translation>そのプログラムを閉じて、もう一度お試しください。</translation>
    </message>
    <message>
        <source>Close that program.</source>
        <translation>そのプログラムを閉じてください。</translation>
    </message>
    <message>
        <source>Close the detail</source>
        <translation>詳細を閉じる</translation>
    </message>
    <message>
        <source>Close this note</source>
        <translation>この通知を閉じる</translation>
    </message>
    <message>
        <source>Closed: only you make accounts</source>
        <translation>閉鎖: アカウントは自分だけが作成</translation>
    </message>
    <message>
        <source>Closing the window</source>
        <translation>ウィンドウを閉じるとき</translation>
    </message>
    <message>
        <source>Cluster</source>
        <translation>クラスター</translation>
    </message>
    <message>
        <source>Code</source>
        <translation>コード</translation>
    </message>
    <message>
        <source>Code that joins the Wi-Fi {name}</source>
        <translation>Wi-Fi {name} に接続するコード</translation>
    </message>
    <message>
        <source>Colours</source>
        <translation>配色</translation>
    </message>
    <message>
        <source>Come in: scan, or type</source>
        <translation>参加: スキャンするか入力</translation>
    </message>
    <message>
        <source>Comment</source>
        <translation>コメント</translation>
    </message>
    <message>
        <source>Comment this row</source>
        <translation>この行にコメント</translation>
    </message>
    <message>
        <source>Comment…</source>
        <translation>コメント…</translation>
    </message>
    <message>
        <source>Compare the last two runs</source>
        <translation>直近 2 回の実行を比較</translation>
    </message>
    <message>
        <source>Compare with a file…</source>
        <translation>ファイルと比較…</translation>
    </message>
    <message>
        <source>Compare with exported traffic</source>
        <translation>書き出した通信と比較</translation>
    </message>
    <message>
        <source>Connect</source>
        <translation>接続</translation>
    </message>
    <message>
        <source>Connect your program</source>
        <translation>プログラムを接続</translation>
    </message>
    <message>
        <source>Connected</source>
        <translation>接続中</translation>
    </message>
    <message>
        <source>Connected elsewhere</source>
        <translation>別の場所で接続中</translation>
    </message>
    <message>
        <source>Connected users</source>
        <translation>接続中のユーザー</translation>
    </message>
    <message>
        <source>Connection</source>
        <translation>接続</translation>
    </message>
    <message>
        <source>Connection #{number} {name}</source>
        <translation>接続 #{number} {name}</translation>
    </message>
    <message>
        <source>Connections</source>
        <translation>接続数</translation>
    </message>
    <message>
        <source>Connections accepted at the same time.</source>
        <translation>同時に受け付ける接続の数。</translation>
    </message>
    <message>
        <source>Connections are broken on purpose.</source>
        <translation>接続を意図的に妨害しています。</translation>
    </message>
    <message>
        <source>Connections from one address</source>
        <translation>1 アドレスからの接続数</translation>
    </message>
    <message>
        <source>Connections: {now} now, {most} at most in the last 2 minutes.</source>
        <translation>接続: 現在 {now}、直近 2 分で最大 {most}。</translation>
    </message>
    <message>
        <source>Content</source>
        <translation>内容</translation>
    </message>
    <message>
        <source>Copied</source>
        <translation>コピーしました</translation>
    </message>
    <message>
        <source>Copy</source>
        <translation>コピー</translation>
    </message>
    <message>
        <source>Copy &amp;web address</source>
        <translation>Web アドレスをコピー(&amp;W)</translation>
    </message>
    <message>
        <source>Copy as JSON</source>
        <translation>JSON としてコピー</translation>
    </message>
    <message>
        <source>Copy both</source>
        <translation>両方をコピー</translation>
    </message>
    <message>
        <source>Copy list</source>
        <translation>一覧をコピー</translation>
    </message>
    <message>
        <source>Copy name</source>
        <translation>名前をコピー</translation>
    </message>
    <message>
        <source>Copy name and password</source>
        <translation>名前とパスワードをコピー</translation>
    </message>
    <message>
        <source>Copy names</source>
        <translation>名前をコピー</translation>
    </message>
    <message>
        <source>Copy password</source>
        <translation>パスワードをコピー</translation>
    </message>
    <message>
        <source>Copy payload</source>
        <translation>ペイロードをコピー</translation>
    </message>
    <message>
        <source>Copy the WebSocket address</source>
        <translation>WebSocket アドレスをコピー</translation>
    </message>
    <message>
        <source>Copy the address to try</source>
        <translation>試すアドレスをコピー</translation>
    </message>
    <message>
        <source>Copy the chosen lines, or all that are shown</source>
        <translation>選択した行、または表示中のすべてをコピー</translation>
    </message>
    <message>
        <source>Copy the payload as it was sent, without tokens and passwords</source>
        <translation>送信されたままのペイロードをコピー (トークンとパスワードを除く)</translation>
    </message>
    <message>
        <source>Copy the secret</source>
        <translation>秘密鍵をコピー</translation>
    </message>
    <message>
        <source>Copy the snippet for {language}</source>
        <translation>{language} のスニペットをコピー</translation>
    </message>
    <message>
        <source>Copy the versions</source>
        <translation>バージョンをコピー</translation>
    </message>
    <message>
        <source>Copy the web address</source>
        <translation>Web アドレスをコピー</translation>
    </message>
    <message>
        <source>Copy this message</source>
        <translation>このメッセージをコピー</translation>
    </message>
    <message>
        <source>Copy web address</source>
        <translation>Web アドレスをコピー</translation>
    </message>
    <message>
        <source>Copy {what}</source>
        <translation>{what} をコピー</translation>
    </message>
    <message>
        <source>Correct it, or move it away to start with defaults.</source>
        <translation>修正するか、移動して既定値で開始してください。</translation>
    </message>
    <message>
        <source>Correct the rights of the file and its folder, or choose another data folder.</source>
        <translation>ファイルとそのフォルダーの権限を直すか、別のデータフォルダーを選んでください。</translation>
    </message>
    <message>
        <source>Correct the rights of the file and its folder.</source>
        <translation>ファイルとそのフォルダーの権限を直してください。</translation>
    </message>
    <message>
        <source>Could not listen on {where}</source>
        <translation>{where} で待ち受けできません</translation>
    </message>
    <message>
        <source>Counts by now.</source>
        <translation>すでに有効です。</translation>
    </message>
    <message>
        <source>Counts only {ahead} from now.</source>
        <translation>{ahead}後に初めて有効になります。</translation>
    </message>
    <message>
        <source>Counts since {time}</source>
        <translation>{time} から有効</translation>
    </message>
    <message>
        <source>Counts {time}</source>
        <translation>有効 {time}</translation>
    </message>
    <message>
        <source>Create invitation</source>
        <translation>招待を作成</translation>
    </message>
    <message>
        <source>Create one here and hand on its name and password, or make a test user with a token and ready snippets. People may also register by themselves while registration is open.</source>
        <translation>ここで作成して名前とパスワードを渡すか、トークンとスニペット付きのテストユーザーを作成します。登録が開いている間は各自で登録もできます。</translation>
    </message>
    <message>
        <source>Create user</source>
        <translation>ユーザーを作成</translation>
    </message>
    <message>
        <source>Create {accounts}</source>
        <translation>{accounts}を作成</translation>
    </message>
    <message>
        <source>Created</source>
        <translation>作成</translation>
    </message>
    <message>
        <source>Created {accounts}.</source>
        <translation>{accounts}を作成しました。</translation>
    </message>
    <message>
        <source>Created {accounts}. The passwords stay on the Accounts page until you put them away.</source>
        <translation>{accounts}を作成しました。パスワードは片付けるまでアカウントページに残ります。</translation>
    </message>
    <message>
        <source>Created {accounts}. They log in with the passwords they have.</source>
        <translation>{accounts}を作成しました。今のパスワードでログインできます。</translation>
    </message>
    <message>
        <source>Created {name}.</source>
        <translation>{name} を作成しました。</translation>
    </message>
    <message>
        <source>Cut after</source>
        <translation>打ち切り</translation>
    </message>
    <message>
        <source>Dark</source>
        <translation>ダーク</translation>
    </message>
    <message>
        <source>Database address</source>
        <translation>データベースのアドレス</translation>
    </message>
    <message>
        <source>Database: {state}</source>
        <translation>データベース: {state}</translation>
    </message>
    <message>
        <source>Debug</source>
        <translation>デバッグ</translation>
    </message>
    <message>
        <source>Default: {default}</source>
        <translation>既定: {default}</translation>
    </message>
    <message>
        <source>Delete</source>
        <translation>削除</translation>
    </message>
    <message>
        <source>Delete this user…</source>
        <translation>このユーザーを削除…</translation>
    </message>
    <message>
        <source>Delete {accounts}</source>
        <translation>{accounts}を削除</translation>
    </message>
    <message>
        <source>Delete {names}?</source>
        <translation>{names} を削除しますか?</translation>
    </message>
    <message>
        <source>Deletes {who} for good and {ends}.</source>
        <translation>{who} を完全に削除し、{ends}。</translation>
    </message>
    <message>
        <source>Delivery</source>
        <translation>配信</translation>
    </message>
    <message>
        <source>Denies {names}.</source>
        <translation>{names} を却下します。</translation>
    </message>
    <message>
        <source>Deny</source>
        <translation>却下</translation>
    </message>
    <message>
        <source>Deny {names}?</source>
        <translation>{names} を却下しますか?</translation>
    </message>
    <message>
        <source>Deny…</source>
        <translation>却下…</translation>
    </message>
    <message>
        <source>Desktop</source>
        <translation>デスクトップ</translation>
    </message>
    <message>
        <source>Detail of the row</source>
        <translation>行の詳細</translation>
    </message>
    <message>
        <source>Development</source>
        <translation>開発</translation>
    </message>
    <message>
        <source>Development writes a more detailed log.</source>
        <translation>開発では詳しいログを書きます。</translation>
    </message>
    <message>
        <source>Did not authenticate in time ({code}).</source>
        <translation>時間内に認証しませんでした ({code})。</translation>
    </message>
    <message>
        <source>Did the program mean “{value}”?</source>
        <translation>プログラムは「{value}」のつもりでしたか?</translation>
    </message>
    <message>
        <source>Did you mean {each}?</source>
        <translation>{each} のことですか？</translation>
    </message>
    <message>
        <source>Did you mean “{value}”?</source>
        <translation>「{value}」のことですか?</translation>
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
        <translation>ダイレクト</translation>
    </message>
    <message>
        <source>Directs among guests</source>
        <translation>ゲスト間のダイレクト</translation>
    </message>
    <message>
        <source>Disable</source>
        <translation>無効化</translation>
    </message>
    <message>
        <source>Disable {names}?</source>
        <translation>{names} を無効にしますか?</translation>
    </message>
    <message>
        <source>Disables {who} and {ends}.</source>
        <translation>{who} を無効にし、{ends}。</translation>
    </message>
    <message>
        <source>Disconnect</source>
        <translation>切断</translation>
    </message>
    <message>
        <source>Disconnect everyone now ({clients}); all have to log in again</source>
        <translation>今すぐ全員を切断 ({clients})。全員の再ログインが必要です</translation>
    </message>
    <message>
        <source>Disconnect {connections}?</source>
        <translation>{connections}を切断しますか?</translation>
    </message>
    <message>
        <source>Disconnect {whom}?</source>
        <translation>{whom} を切断しますか?</translation>
    </message>
    <message>
        <source>Disconnected by the host ({code}).</source>
        <translation>ホストにより切断されました ({code})。</translation>
    </message>
    <message>
        <source>Disconnects {connections} now, and refuses every new one.</source>
        <translation>{connections} を今切断し、新しい接続をすべて拒否します。</translation>
    </message>
    <message>
        <source>Do not ask again (Settings, Desktop)</source>
        <translation>次回からたずねない (設定、デスクトップ)</translation>
    </message>
    <message>
        <source>Done</source>
        <translation>完了</translation>
    </message>
    <message>
        <source>Done as {client}. What followed is in the traffic.</source>
        <translation>{client} として実行しました。続きは通信に表示されます。</translation>
    </message>
    <message>
        <source>Doubled</source>
        <translation>重複</translation>
    </message>
    <message>
        <source>Drag to show only a part of the time; a double click shows all.</source>
        <translation>ドラッグすると時間の一部だけを表示し、ダブルクリックで全体を表示します。</translation>
    </message>
    <message>
        <source>Drain</source>
        <translation>退避</translation>
    </message>
    <message>
        <source>Drain for</source>
        <translation>引き渡し時間</translation>
    </message>
    <message>
        <source>Drain {node}?</source>
        <translation>{node} を退避しますか?</translation>
    </message>
    <message>
        <source>Drain…</source>
        <translation>退避…</translation>
    </message>
    <message>
        <source>Each account gets a generated password of its own.</source>
        <translation>各アカウントに生成したパスワードを割り当てます。</translation>
    </message>
    <message>
        <source>Each node sends 2,000 rows a second at most.</source>
        <translation>各ノードが送るのは毎秒 2,000 行までです。</translation>
    </message>
    <message>
        <source>Echo: each writes to the next one, who writes back</source>
        <translation>エコー: 次の人に書き、その人が返す</translation>
    </message>
    <message>
        <source>Edit</source>
        <translation>編集</translation>
    </message>
    <message>
        <source>Edit {names}</source>
        <translation>{names} を編集</translation>
    </message>
    <message>
        <source>Empty for an open network.</source>
        <translation>オープンなネットワークでは空にします。</translation>
    </message>
    <message>
        <source>Empty the view; can be undone for 10 s (Ctrl+L)</source>
        <translation>表示を空にする。10 秒以内は元に戻せます (Ctrl+L)</translation>
    </message>
    <message>
        <source>Empty: HS256 with this server&apos;s secret. Or public keys: a PEM or JWKS file, or a JWKS URL.</source>
        <translation>空: このサーバーの秘密鍵による HS256。または公開鍵: PEM / JWKS ファイル、JWKS の URL。</translation>
    </message>
    <message>
        <source>Empty: SQLite in the data folder. Or an SQLAlchemy URL; takes effect at next launch.</source>
        <translation>空: データフォルダーの SQLite。または SQLAlchemy URL。次回起動から有効。</translation>
    </message>
    <message>
        <source>Empty: alone. redis://HOST:PORT/0?name=NAME: one of several (docs/cluster.md).</source>
        <translation>空: 単独。redis://HOST:PORT/0?name=NAME: 複数台の 1 台 (docs/cluster.md)。</translation>
    </message>
    <message>
        <source>Empty: info in production, debug in development.</source>
        <translation>空: 本番は info、開発は debug。</translation>
    </message>
    <message>
        <source>Enable</source>
        <translation>有効化</translation>
    </message>
    <message>
        <source>Enable the account to let them in.</source>
        <translation>入れるにはアカウントを有効にしてください。</translation>
    </message>
    <message>
        <source>Enable {username} or lift the ban to let them in.</source>
        <translation>入れるには {username} を有効にするか、禁止を解除してください。</translation>
    </message>
    <message>
        <source>Enabled {names}.</source>
        <translation>{names} を有効にしました。</translation>
    </message>
    <message>
        <source>End</source>
        <translation>終了</translation>
    </message>
    <message>
        <source>End all</source>
        <translation>すべて終了</translation>
    </message>
    <message>
        <source>End all guests?</source>
        <translation>ゲストを全員終了しますか?</translation>
    </message>
    <message>
        <source>End faults</source>
        <translation>障害を終了</translation>
    </message>
    <message>
        <source>End guests</source>
        <translation>ゲストを終了</translation>
    </message>
    <message>
        <source>End guests…</source>
        <translation>ゲストを終了…</translation>
    </message>
    <message>
        <source>End {guests}…</source>
        <translation>{guests}を終了…</translation>
    </message>
    <message>
        <source>Ending connections…</source>
        <translation>接続を終了中…</translation>
    </message>
    <message>
        <source>Ends</source>
        <translation>終了</translation>
    </message>
    <message>
        <source>Ends after</source>
        <translation>終了まで</translation>
    </message>
    <message>
        <source>Engine: {engine} · {envelopes} envelopes told, {items} items, {dropped} dropped</source>
        <translation>エンジン: {engine} · 通知 {envelopes} · 項目 {items} · 破棄 {dropped}</translation>
    </message>
    <message>
        <source>Environment</source>
        <translation>環境</translation>
    </message>
    <message>
        <source>Error</source>
        <translation>エラー</translation>
    </message>
    <message>
        <source>Error &amp;before	Shift+F8</source>
        <translation>前のエラー(&amp;B)	Shift+F8</translation>
    </message>
    <message>
        <source>Errors</source>
        <translation>エラー</translation>
    </message>
    <message>
        <source>Everybody behind the same router may share an address.</source>
        <translation>同じルーターの後ろの人は 1 つのアドレスを共有することがあります。</translation>
    </message>
    <message>
        <source>Everyone</source>
        <translation>全員</translation>
    </message>
    <message>
        <source>Everyone ({connections})</source>
        <translation>全員 ({connections})</translation>
    </message>
    <message>
        <source>Everything</source>
        <translation>すべて</translation>
    </message>
    <message>
        <source>Everything that passes shows up here. Programs connect to {address}</source>
        <translation>通るものすべてがここに表示されます。プログラムの接続先は {address}</translation>
    </message>
    <message>
        <source>Expired {time}</source>
        <translation>期限切れ {time}</translation>
    </message>
    <message>
        <source>Expired {value} ago.</source>
        <translation>{value}前に期限が切れました。</translation>
    </message>
    <message>
        <source>Expires</source>
        <translation>期限</translation>
    </message>
    <message>
        <source>Expires in {value}.</source>
        <translation>あと{value}で期限が切れます。</translation>
    </message>
    <message>
        <source>Expires {time}</source>
        <translation>期限 {time}</translation>
    </message>
    <message>
        <source>Export CSV</source>
        <translation>CSV を書き出す</translation>
    </message>
    <message>
        <source>Export all</source>
        <translation>すべて書き出す</translation>
    </message>
    <message>
        <source>Export all acts</source>
        <translation>すべての操作を書き出す</translation>
    </message>
    <message>
        <source>Export all…</source>
        <translation>すべて書き出す…</translation>
    </message>
    <message>
        <source>Export and open</source>
        <translation>書き出して開く</translation>
    </message>
    <message>
        <source>Export filtered…</source>
        <translation>絞り込み結果を書き出す…</translation>
    </message>
    <message>
        <source>Export messages…</source>
        <translation>メッセージを書き出す…</translation>
    </message>
    <message>
        <source>Export selected…</source>
        <translation>選択を書き出す…</translation>
    </message>
    <message>
        <source>Export {accounts}</source>
        <translation>{accounts}を書き出す</translation>
    </message>
    <message>
        <source>Export {messages}</source>
        <translation>{messages}を書き出す</translation>
    </message>
    <message>
        <source>Export {rows}</source>
        <translation>{rows}を書き出す</translation>
    </message>
    <message>
        <source>Exported rows (*.jsonl)</source>
        <translation>書き出した行 (*.jsonl)</translation>
    </message>
    <message>
        <source>Exported {accounts} to {file}.</source>
        <translation>{accounts}を {file} に書き出しました。</translation>
    </message>
    <message>
        <source>Exported {acts} to {file}.</source>
        <translation>{acts}を {file} に書き出しました。</translation>
    </message>
    <message>
        <source>Exported {messages} to {file}.</source>
        <translation>{messages}を {file} に書き出しました。</translation>
    </message>
    <message>
        <source>Exported {rows} to {file}.</source>
        <translation>{rows}を {file} に書き出しました。</translation>
    </message>
    <message>
        <source>Exporting to {file}</source>
        <translation>{file} に書き出し中</translation>
    </message>
    <message>
        <source>F&amp;ilter	/</source>
        <translation>フィルター(&amp;I)	/</translation>
    </message>
    <message>
        <source>Failed</source>
        <translation>失敗</translation>
    </message>
    <message>
        <source>Failed logins</source>
        <translation>ログイン失敗</translation>
    </message>
    <message>
        <source>Failures</source>
        <translation>失敗回数</translation>
    </message>
    <message>
        <source>Failures in 15 minutes on an account before growing waits; an address may fail on five times as many accounts; 0: no limit.</source>
        <translation>15 分間にアカウントで許す失敗の数。超えると待ち時間が延びます。アドレスは 5 倍のアカウントまで。0: 無制限。</translation>
    </message>
    <message>
        <source>Fair</source>
        <translation>普通</translation>
    </message>
    <message>
        <source>Faults</source>
        <translation>障害</translation>
    </message>
    <message>
        <source>Faults that are on</source>
        <translation>有効な障害</translation>
    </message>
    <message>
        <source>Field &apos;before&apos; must be the id of a message of this server.</source>
        <translation>フィールド &apos;before&apos; はこのサーバーのメッセージの ID でなければなりません。</translation>
    </message>
    <message>
        <source>Field &apos;id&apos; must be the id of a message of this server.</source>
        <translation>フィールド &apos;id&apos; はこのサーバーのメッセージの ID でなければなりません。</translation>
    </message>
    <message>
        <source>Field &apos;{value}&apos; is missing.</source>
        <translation>フィールド &apos;{value}&apos; がありません。</translation>
    </message>
    <message>
        <source>Field &apos;{value}&apos; must be {words}.</source>
        <translation>フィールド &apos;{value}&apos; は {words} でなければなりません。</translation>
    </message>
    <message>
        <source>Field &apos;{value}&apos;: {value_}.</source>
        <translation>フィールド &apos;{value}&apos;: {value_}。</translation>
    </message>
    <message>
        <source>Files: your own certificate</source>
        <translation>ファイル: 自分の証明書</translation>
    </message>
    <message>
        <source>Filter</source>
        <translation>フィルター</translation>
    </message>
    <message>
        <source>Filter: words user: type: code: size&gt;1k /regex/ !not</source>
        <translation>フィルター: 語 user: type: code: size&gt;1k /regex/ !除外</translation>
    </message>
    <message>
        <source>Find in this payload</source>
        <translation>このペイロード内を検索</translation>
    </message>
    <message>
        <source>First client</source>
        <translation>最初のクライアント</translation>
    </message>
    <message>
        <source>Follow</source>
        <translation>追従</translation>
    </message>
    <message>
        <source>Follow the system</source>
        <translation>システムに従う</translation>
    </message>
    <message>
        <source>Follow the system, or always light or dark.</source>
        <translation>システムに従う、または常にライトかダーク。</translation>
    </message>
    <message>
        <source>For</source>
        <translation>期間</translation>
    </message>
    <message>
        <source>For PostgreSQL install authws-desktop[postgresql].</source>
        <translation>PostgreSQL には authws-desktop[postgresql] をインストールしてください。</translation>
    </message>
    <message>
        <source>For a Linux or macOS shell with Node.js; then type messages as JSON.</source>
        <translation>Node.js のある Linux または macOS のシェル用。その後メッセージを JSON で入力します。</translation>
    </message>
    <message>
        <source>For a Linux or macOS shell.</source>
        <translation>Linux または macOS のシェル用。</translation>
    </message>
    <message>
        <source>For a class or event</source>
        <translation>クラスや催し向け</translation>
    </message>
    <message>
        <source>For a day</source>
        <translation>1 日</translation>
    </message>
    <message>
        <source>For a week</source>
        <translation>1 週間</translation>
    </message>
    <message>
        <source>For an hour</source>
        <translation>1 時間</translation>
    </message>
    <message>
        <source>For programs</source>
        <translation>プログラム向け</translation>
    </message>
    <message>
        <source>For whom</source>
        <translation>宛先の人</translation>
    </message>
    <message>
        <source>Forget this filter</source>
        <translation>このフィルターを忘れる</translation>
    </message>
    <message>
        <source>Forget this message</source>
        <translation>このメッセージを忘れる</translation>
    </message>
    <message>
        <source>Fragments of</source>
        <translation>断片の大きさ</translation>
    </message>
    <message>
        <source>Frame over the size limit ({code}).</source>
        <translation>フレームがサイズの上限を超えました ({code})。</translation>
    </message>
    <message>
        <source>Freeze the view; nothing is lost (Space)</source>
        <translation>表示を止める。何も失われません (スペース)</translation>
    </message>
    <message>
        <source>From</source>
        <translation>から</translation>
    </message>
    <message>
        <source>From clients only</source>
        <translation>クライアントからのみ</translation>
    </message>
    <message>
        <source>From now on.</source>
        <translation>今から。</translation>
    </message>
    <message>
        <source>From telling the others to hearing it back from the engine</source>
        <translation>他へ知らせてからエンジン経由で戻るまで</translation>
    </message>
    <message>
        <source>Frozen: nothing passes, and nothing is closed</source>
        <translation>凍結: 何も通らず、何も切れません</translation>
    </message>
    <message>
        <source>Gaps</source>
        <translation>欠落</translation>
    </message>
    <message>
        <source>Generate</source>
        <translation>生成</translation>
    </message>
    <message>
        <source>Generate a new one</source>
        <translation>新しく生成</translation>
    </message>
    <message>
        <source>Give the account the role host, if it is to do this.</source>
        <translation>これを行わせる場合は、アカウントにロール host を与えてください。</translation>
    </message>
    <message>
        <source>Good</source>
        <translation>良好</translation>
    </message>
    <message>
        <source>Guest</source>
        <translation>ゲスト</translation>
    </message>
    <message>
        <source>Guests</source>
        <translation>ゲスト</translation>
    </message>
    <message>
        <source>Guests may come in by name</source>
        <translation>ゲストは名前だけで入れる</translation>
    </message>
    <message>
        <source>Guests may not write to each other here.</source>
        <translation>ここではゲスト同士で書けません。</translation>
    </message>
    <message>
        <source>Guests may write to each other</source>
        <translation>ゲスト同士で書ける</translation>
    </message>
    <message>
        <source>HS256 needs a long random text.</source>
        <translation>HS256 には長いランダムな文字列が必要です。</translation>
    </message>
    <message>
        <source>HS256 needs a secret: a long random text.</source>
        <translation>HS256 には秘密鍵(長いランダムな文字列)が必要です。</translation>
    </message>
    <message>
        <source>HS256 needs at least {min_secret_bytes} bytes: with fewer, tokens can be forged by trying secrets.</source>
        <translation>HS256 には少なくとも {min_secret_bytes} バイトが必要です。それより短いと、秘密鍵を試してトークンを偽造できます。</translation>
    </message>
    <message>
        <source>Hand on the link of an invitation.</source>
        <translation>招待のリンクを渡してください。</translation>
    </message>
    <message>
        <source>Header</source>
        <translation>ヘッダー</translation>
    </message>
    <message>
        <source>Hex</source>
        <translation>16 進</translation>
    </message>
    <message>
        <source>Hide password</source>
        <translation>パスワードを隠す</translation>
    </message>
    <message>
        <source>Hide the secret</source>
        <translation>秘密鍵を隠す</translation>
    </message>
    <message>
        <source>Hide this type</source>
        <translation>この種類を隠す</translation>
    </message>
    <message>
        <source>Highlight</source>
        <translation>強調</translation>
    </message>
    <message>
        <source>History</source>
        <translation>履歴</translation>
    </message>
    <message>
        <source>History file</source>
        <translation>履歴ファイル</translation>
    </message>
    <message>
        <source>History from {oldest} to {newest}: {rows}, read-only.</source>
        <translation>{oldest} から {newest} までの履歴: {rows}、読み取り専用。</translation>
    </message>
    <message>
        <source>History…</source>
        <translation>履歴…</translation>
    </message>
    <message>
        <source>Holds for passwords that are set from now on; under 8 they are easily guessed.</source>
        <translation>今後設定するパスワードに適用。8 未満は推測されやすくなります。</translation>
    </message>
    <message>
        <source>Host</source>
        <translation>ホスト</translation>
    </message>
    <message>
        <source>How long</source>
        <translation>期間</translation>
    </message>
    <message>
        <source>How long a login lasts; holds for tokens issued from now on.</source>
        <translation>ログインの有効期間。今後発行するトークンに適用。</translation>
    </message>
    <message>
        <source>How many</source>
        <translation>数</translation>
    </message>
    <message>
        <source>How many people.</source>
        <translation>何人まで。</translation>
    </message>
    <message>
        <source>How often an idle connection is pinged.</source>
        <translation>無通信の接続に ping を送る間隔。</translation>
    </message>
    <message>
        <source>Idle</source>
        <translation>無通信</translation>
    </message>
    <message>
        <source>If it is forgotten, give a new one: Reset password.</source>
        <translation>忘れた場合は新しいものを渡してください: パスワードをリセット。</translation>
    </message>
    <message>
        <source>If others cannot connect, allow the port.</source>
        <translation>他の人が接続できない場合は、ポートを許可してください。</translation>
    </message>
    <message>
        <source>If others cannot connect: Windows Security, Firewall &amp; network protection, Allow an app through firewall; or this line in a terminal run as administrator:</source>
        <translation>他の人が接続できない場合: Windows セキュリティ、ファイアウォールとネットワーク保護、ファイアウォールによるアプリケーションの許可。または管理者として実行した端末で次の行:</translation>
    </message>
    <message>
        <source>If others cannot connect: {macos_clicks}.</source>
        <translation>他の人が接続できない場合: {macos_clicks}。</translation>
    </message>
    <message>
        <source>Import a list</source>
        <translation>一覧を取り込む</translation>
    </message>
    <message>
        <source>Import accounts</source>
        <translation>アカウントを取り込む</translation>
    </message>
    <message>
        <source>Import it in parts.</source>
        <translation>分けて取り込んでください。</translation>
    </message>
    <message>
        <source>Import…</source>
        <translation>取り込む…</translation>
    </message>
    <message>
        <source>In</source>
        <translation>受信</translation>
    </message>
    <message>
        <source>In a client&apos;s name</source>
        <translation>クライアントの名義で</translation>
    </message>
    <message>
        <source>In a cluster, a server that stops sends its clients to the others over this long.</source>
        <translation>クラスターでは、停止するサーバーがこの時間をかけてクライアントを他へ渡します。</translation>
    </message>
    <message>
        <source>In the way</source>
        <translation>妨げ</translation>
    </message>
    <message>
        <source>In/s</source>
        <translation>受信/秒</translation>
    </message>
    <message>
        <source>In: {now}/s now, {most}/s at most.</source>
        <translation>受信: 現在 {now}/秒、最大 {most}/秒。</translation>
    </message>
    <message>
        <source>Indent</source>
        <translation>字下げ</translation>
    </message>
    <message>
        <source>Info</source>
        <translation>情報</translation>
    </message>
    <message>
        <source>Info and above</source>
        <translation>情報以上</translation>
    </message>
    <message>
        <source>Inspect a token…</source>
        <translation>トークンを調べる…</translation>
    </message>
    <message>
        <source>Invitations</source>
        <translation>招待</translation>
    </message>
    <message>
        <source>Invite: whoever has an invitation code</source>
        <translation>招待制: 招待コードを持つ人</translation>
    </message>
    <message>
        <source>Is the clock right?</source>
        <translation>時計は合っていますか?</translation>
    </message>
    <message>
        <source>Issued</source>
        <translation>発行</translation>
    </message>
    <message>
        <source>Issued by &apos;{issuer}&apos;, whose tokens you let in.</source>
        <translation>&apos;{issuer}&apos; が発行したトークンで、受け入れる設定です。</translation>
    </message>
    <message>
        <source>Issued by now.</source>
        <translation>すでに発行されています。</translation>
    </message>
    <message>
        <source>Issued by this program.</source>
        <translation>このプログラムが発行しました。</translation>
    </message>
    <message>
        <source>Issued in the future, {time}</source>
        <translation>未来の発行日時、{time}</translation>
    </message>
    <message>
        <source>Issued only {ahead} from now.</source>
        <translation>発行は{ahead}後になっています。</translation>
    </message>
    <message>
        <source>Issued {time}</source>
        <translation>発行 {time}</translation>
    </message>
    <message>
        <source>It answers at every address of this computer.</source>
        <translation>このコンピューターの全アドレスで応答します。</translation>
    </message>
    <message>
        <source>It counts until their tokens expire or are revoked.</source>
        <translation>トークンが期限切れになるか取り消されるまで有効です。</translation>
    </message>
    <message>
        <source>It does not answer this computer itself at {names}.</source>
        <translation>{names} ではこのコンピューター自身にも応答しません。</translation>
    </message>
    <message>
        <source>It does not fall asleep while clients are connected, where the system offers that.</source>
        <translation>対応するシステムでは、クライアントの接続中はスリープしません。</translation>
    </message>
    <message>
        <source>It ends by itself, or when you lift it.</source>
        <translation>自動で終わるか、解除したときに終わります。</translation>
    </message>
    <message>
        <source>It is Windows itself (often IIS or the World Wide Web Publishing Service): stop it in Services.</source>
        <translation>Windows 自身です(多くは IIS または World Wide Web Publishing Service)。「サービス」で停止してください。</translation>
    </message>
    <message>
        <source>It is allowed by now.</source>
        <translation>現在は許可されています。</translation>
    </message>
    <message>
        <source>It is one of {known}.</source>
        <translation>{known} のいずれかです。</translation>
    </message>
    <message>
        <source>It may be AirPlay: System Settings, General, AirDrop &amp; Handoff, AirPlay Receiver.</source>
        <translation>AirPlay かもしれません: システム設定、一般、AirDrop と Handoff、AirPlay レシーバー。</translation>
    </message>
    <message>
        <source>It stands before the content, as long as the program runs.</source>
        <translation>プログラムの実行中、内容の前に表示されます。</translation>
    </message>
    <message>
        <source>It was left as it is. To do it all the same, press {button} again.</source>
        <translation>そのままにしました。それでも実行するには {button} をもう一度押してください。</translation>
    </message>
    <message>
        <source>Its network is gone, or its device sleeps, or its program was ended.</source>
        <translation>ネットワークが切れたか、機器がスリープしたか、プログラムが終了しました。</translation>
    </message>
    <message>
        <source>Its tokens are refused until they can.</source>
        <translation>それまで、そのトークンは拒否されます。</translation>
    </message>
    <message>
        <source>JSON Lines (*.jsonl)</source>
        <translation>JSON Lines (*.jsonl)</translation>
    </message>
    <message>
        <source>JSON Lines, can be opened again (*.jsonl)</source>
        <translation>JSON Lines、再び開けます (*.jsonl)</translation>
    </message>
    <message>
        <source>JSON Lines, can be replayed (*.jsonl)</source>
        <translation>JSON Lines、再生できます (*.jsonl)</translation>
    </message>
    <message>
        <source>JSON has no {name}.</source>
        <translation>JSON に {name} はありません。</translation>
    </message>
    <message>
        <source>JSON is malformed:</source>
        <translation>JSON の形式が正しくありません:</translation>
    </message>
    <message>
        <source>JWT_SECRET holds a key pair.</source>
        <translation>JWT_SECRET に鍵ペアが入っています。</translation>
    </message>
    <message>
        <source>JWT_SECRET is not text.</source>
        <translation>JWT_SECRET がテキストではありません。</translation>
    </message>
    <message>
        <source>JWT_SECRET is {secret} bytes long.</source>
        <translation>JWT_SECRET は {secret} バイトです。</translation>
    </message>
    <message>
        <source>Join from a phone: scan the code, or open {address}.</source>
        <translation>スマホで参加: コードを読み取るか、{address} を開いてください。</translation>
    </message>
    <message>
        <source>Keep it on top</source>
        <translation>上に留める</translation>
    </message>
    <message>
        <source>Keep it on top, also for who comes later</source>
        <translation>上に留める (後から来る人にも)</translation>
    </message>
    <message>
        <source>Keep messages for</source>
        <translation>メッセージの保存期間</translation>
    </message>
    <message>
        <source>Keep messages for who was away</source>
        <translation>不在者のメッセージの保存</translation>
    </message>
    <message>
        <source>Keep people connected; old tokens stay valid until they expire</source>
        <translation>接続を保つ。古いトークンは期限まで有効</translation>
    </message>
    <message>
        <source>Keep running in the tray</source>
        <translation>トレイで動作を続ける</translation>
    </message>
    <message>
        <source>Keep the audit for</source>
        <translation>監査の保存期間</translation>
    </message>
    <message>
        <source>Keep the computer awake</source>
        <translation>コンピューターをスリープさせない</translation>
    </message>
    <message>
        <source>Keep the newest line in view</source>
        <translation>最新の行を表示し続ける</translation>
    </message>
    <message>
        <source>Keep the newest row in view (F)</source>
        <translation>最新の行を表示し続ける (F)</translation>
    </message>
    <message>
        <source>Keep the role each has</source>
        <translation>各自の役割のまま</translation>
    </message>
    <message>
        <source>Keep the server running</source>
        <translation>サーバーの動作を続ける</translation>
    </message>
    <message>
        <source>Keep-alive every</source>
        <translation>キープアライブ間隔</translation>
    </message>
    <message>
        <source>Kept in a file of its own; survives a restart</source>
        <translation>専用ファイルに保存。再起動後も残ります</translation>
    </message>
    <message>
        <source>Kept in {file}</source>
        <translation>{file} に保存</translation>
    </message>
    <message>
        <source>Kept sending over the rate limit ({code}).</source>
        <translation>レート制限を超えて送信し続けました ({code})。</translation>
    </message>
    <message>
        <source>Key file</source>
        <translation>鍵ファイル</translation>
    </message>
    <message>
        <source>Keys come from a file, or from an address such as https://login.example.org/.well-known/jwks.json.</source>
        <translation>鍵はファイル、または https://login.example.org/.well-known/jwks.json のようなアドレスから取得します。</translation>
    </message>
    <message>
        <source>Keys of those tokens</source>
        <translation>そのトークンの鍵</translation>
    </message>
    <message>
        <source>Lag</source>
        <translation>遅れ</translation>
    </message>
    <message>
        <source>Language</source>
        <translation>言語</translation>
    </message>
    <message>
        <source>Language of the window</source>
        <translation>ウィンドウの言語</translation>
    </message>
    <message>
        <source>Largest message</source>
        <translation>最大メッセージ</translation>
    </message>
    <message>
        <source>Last login</source>
        <translation>最終ログイン</translation>
    </message>
    <message>
        <source>Last run</source>
        <translation>前回の実行</translation>
    </message>
    <message>
        <source>Last seen</source>
        <translation>最終確認</translation>
    </message>
    <message>
        <source>Last used</source>
        <translation>最終使用</translation>
    </message>
    <message>
        <source>Late by</source>
        <translation>遅れ</translation>
    </message>
    <message>
        <source>Leave it empty for SQLite, or write postgresql://user:password@host/name.</source>
        <translation>SQLite では空のままにするか、postgresql://user:password@host/name と書いてください。</translation>
    </message>
    <message>
        <source>Leave it out to have a password generated.</source>
        <translation>省略するとパスワードが生成されます。</translation>
    </message>
    <message>
        <source>Left out: {rows}</source>
        <translation>省略: {rows}</translation>
    </message>
    <message>
        <source>Let everyone write to everyone; nobody is disconnected.</source>
        <translation>全員が全員に書けるようにします。誰も切断されません。</translation>
    </message>
    <message>
        <source>Let guests in by name alone; nobody is disconnected.</source>
        <translation>名前だけのゲストを受け入れます。誰も切断されません。</translation>
    </message>
    <message>
        <source>Let in who has a token of another issuer: off; known: who has an account here; anyone.</source>
        <translation>他の発行者のトークンを持つ人を入れる: off: 入れない、known: ここにアカウントがある人、anyone: 誰でも。</translation>
    </message>
    <message>
        <source>Let my network in</source>
        <translation>自分のネットワークに公開</translation>
    </message>
    <message>
        <source>Let the client log in again and use the new token.</source>
        <translation>クライアントにログインし直させ、新しいトークンを使わせてください。</translation>
    </message>
    <message>
        <source>Let them try again now</source>
        <translation>今すぐ再試行を許可</translation>
    </message>
    <message>
        <source>Let tokens run out now</source>
        <translation>今トークンを期限切れにする</translation>
    </message>
    <message>
        <source>Let your network in?</source>
        <translation>ネットワークに公開しますか?</translation>
    </message>
    <message>
        <source>Let {username} log in again, or hand on a new token.</source>
        <translation>{username} にログインし直してもらうか、新しいトークンを渡してください。</translation>
    </message>
    <message>
        <source>Lets this device trust that computer&apos;s server.</source>
        <translation>この端末がそのコンピューターのサーバーを信頼するようにします。</translation>
    </message>
    <message>
        <source>Lets {names} try again now.</source>
        <translation>{names} の再試行を今許可します。</translation>
    </message>
    <message>
        <source>Level</source>
        <translation>レベル</translation>
    </message>
    <message>
        <source>Life of the token</source>
        <translation>トークンの有効期間</translation>
    </message>
    <message>
        <source>Lift</source>
        <translation>解除</translation>
    </message>
    <message>
        <source>Lift the ban to let them in.</source>
        <translation>入れるには禁止を解除してください。</translation>
    </message>
    <message>
        <source>Light</source>
        <translation>ライト</translation>
    </message>
    <message>
        <source>Line</source>
        <translation>行</translation>
    </message>
    <message>
        <source>Line for a terminal</source>
        <translation>ターミナル用の行</translation>
    </message>
    <message>
        <source>Line {line} has a quote too many or too few.</source>
        <translation>{line} 行目の引用符が多いか足りません。</translation>
    </message>
    <message>
        <source>Line {line} of the file {file} cannot be understood; is a quotation mark missing?</source>
        <translation>ファイル {file} の {line} 行目を解釈できません。引用符が抜けていませんか？</translation>
    </message>
    <message>
        <source>Lines of the list</source>
        <translation>一覧の行</translation>
    </message>
    <message>
        <source>Link</source>
        <translation>リンク</translation>
    </message>
    <message>
        <source>Link of the chosen invitation</source>
        <translation>選択した招待のリンク</translation>
    </message>
    <message>
        <source>Listen on</source>
        <translation>待ち受け</translation>
    </message>
    <message>
        <source>Listen on another address?</source>
        <translation>別のアドレスで待ち受けますか?</translation>
    </message>
    <message>
        <source>Listening on {places}, port {value}.</source>
        <translation>{places}、ポート {value} で待ち受け中。</translation>
    </message>
    <message>
        <source>Lists (*.csv *.tsv *.txt *.json *.jsonl);;All files (*)</source>
        <translation>一覧 (*.csv *.tsv *.txt *.json *.jsonl);;すべてのファイル (*)</translation>
    </message>
    <message>
        <source>Live</source>
        <translation>ライブ</translation>
    </message>
    <message>
        <source>Local: a certificate made here</source>
        <translation>ローカル: ここで作る証明書</translation>
    </message>
    <message>
        <source>Lock-outs</source>
        <translation>ロックアウト</translation>
    </message>
    <message>
        <source>Log</source>
        <translation>ログ</translation>
    </message>
    <message>
        <source>Log in again.</source>
        <translation>もう一度ログインしてください。</translation>
    </message>
    <message>
        <source>Log in within</source>
        <translation>ログインの期限</translation>
    </message>
    <message>
        <source>Log level</source>
        <translation>ログレベル</translation>
    </message>
    <message>
        <source>Logged in with this token already.</source>
        <translation>このトークンですでにログインしています。</translation>
    </message>
    <message>
        <source>Login cards</source>
        <translation>ログインカード</translation>
    </message>
    <message>
        <source>Login cards for {accounts}</source>
        <translation>{accounts}のログインカード</translation>
    </message>
    <message>
        <source>Login cards…</source>
        <translation>ログインカード…</translation>
    </message>
    <message>
        <source>Login refused</source>
        <translation>ログイン拒否</translation>
    </message>
    <message>
        <source>Logins</source>
        <translation>ログイン</translation>
    </message>
    <message>
        <source>Logs {who} out everywhere: {ends}.</source>
        <translation>{who} をすべての場所でログアウトします: {ends}。</translation>
    </message>
    <message>
        <source>Look at it again, then repeat what is still wanted.</source>
        <translation>もう一度確認し、まだ必要なものだけ繰り返してください。</translation>
    </message>
    <message>
        <source>Look at this</source>
        <translation>要確認</translation>
    </message>
    <message>
        <source>Look for a newer version</source>
        <translation>新しいバージョンを探す</translation>
    </message>
    <message>
        <source>Look for a typing error, or make one.</source>
        <translation>入力の誤りを探すか、新しく作成してください。</translation>
    </message>
    <message>
        <source>Look for a typing error: /openapi.json has every path.</source>
        <translation>入力の誤りを探してください: /openapi.json にすべてのパスがあります。</translation>
    </message>
    <message>
        <source>Look-around and back-references cannot be searched.</source>
        <translation>先読み・後読みと後方参照は検索できません。</translation>
    </message>
    <message>
        <source>Lost</source>
        <translation>損失</translation>
    </message>
    <message>
        <source>Lost, as the connection closed: {lost}.</source>
        <translation>接続が閉じたため失われた数: {lost}。</translation>
    </message>
    <message>
        <source>Lowest level shown</source>
        <translation>表示する最低レベル</translation>
    </message>
    <message>
        <source>Made ready {done} of {all}</source>
        <translation>{all} 中 {done} を準備</translation>
    </message>
    <message>
        <source>Made {when}</source>
        <translation>作成 {when}</translation>
    </message>
    <message>
        <source>Make a new code</source>
        <translation>新しいコードを作る</translation>
    </message>
    <message>
        <source>Make another invitation, and hand on its link.</source>
        <translation>別の招待を作成し、リンクを渡してください。</translation>
    </message>
    <message>
        <source>Make it a test</source>
        <translation>テストにする</translation>
    </message>
    <message>
        <source>Make it a test…</source>
        <translation>テストにする…</translation>
    </message>
    <message>
        <source>Make room, then try again.</source>
        <translation>空きを作って、もう一度お試しください。</translation>
    </message>
    <message>
        <source>Make room.</source>
        <translation>空きを作ってください。</translation>
    </message>
    <message>
        <source>Make the account yourself, or let anybody register; nobody is disconnected.</source>
        <translation>アカウントを自分で作成するか、誰でも登録できるようにしてください。誰も切断されません。</translation>
    </message>
    <message>
        <source>Mark</source>
        <translation>印を付ける</translation>
    </message>
    <message>
        <source>Marks rows without hiding the others; same language as the filter.</source>
        <translation>他を隠さずに行に印を付けます。書き方はフィルターと同じ。</translation>
    </message>
    <message>
        <source>Meaning</source>
        <translation>意味</translation>
    </message>
    <message>
        <source>Meant for another service.</source>
        <translation>別のサービス向けです。</translation>
    </message>
    <message>
        <source>Meanwhile {rows} made room for new ones.</source>
        <translation>その間に {rows}が新しい行に場所を譲りました。</translation>
    </message>
    <message>
        <source>Median</source>
        <translation>中央値</translation>
    </message>
    <message>
        <source>Member</source>
        <translation>メンバー</translation>
    </message>
    <message>
        <source>Memory for rows</source>
        <translation>行のメモリー</translation>
    </message>
    <message>
        <source>Message</source>
        <translation>メッセージ</translation>
    </message>
    <message>
        <source>Message as JSON</source>
        <translation>JSON のメッセージ</translation>
    </message>
    <message>
        <source>Message burst</source>
        <translation>メッセージの連続数</translation>
    </message>
    <message>
        <source>Message rate</source>
        <translation>メッセージの頻度</translation>
    </message>
    <message>
        <source>Messages</source>
        <translation>メッセージ</translation>
    </message>
    <message>
        <source>Messages a connection may send at once before the rate applies.</source>
        <translation>頻度の制限がかかる前に一度に送れるメッセージ数。</translation>
    </message>
    <message>
        <source>Messages a second each connection may send; 0 switches the limit off.</source>
        <translation>1 接続が 1 秒に送れるメッセージ数。0 は無制限。</translation>
    </message>
    <message>
        <source>Messages in a second</source>
        <translation>毎秒の受信メッセージ</translation>
    </message>
    <message>
        <source>Messages kept</source>
        <translation>保存するメッセージ</translation>
    </message>
    <message>
        <source>Messages of each</source>
        <translation>各自のメッセージ</translation>
    </message>
    <message>
        <source>Messages out a second</source>
        <translation>毎秒の送信メッセージ</translation>
    </message>
    <message>
        <source>Messages out: {now}/s now, {most}/s at most.</source>
        <translation>送信メッセージ: 現在 {now}/秒、最大 {most}/秒。</translation>
    </message>
    <message>
        <source>MiB</source>
        <translation>MiB</translation>
    </message>
    <message>
        <source>Minimise and keep running</source>
        <translation>最小化して動作を続ける</translation>
    </message>
    <message>
        <source>More or less</source>
        <translation>増減</translation>
    </message>
    <message>
        <source>Move it away to begin a new one.</source>
        <translation>新しく始めるには移動してください。</translation>
    </message>
    <message>
        <source>Move the folder away to make new ones.</source>
        <translation>新しく作るにはフォルダーを移動してください。</translation>
    </message>
    <message>
        <source>Move the folder {folder} away and start the server again; devices then have to trust it anew.</source>
        <translation>フォルダー {folder} を移動してサーバーを開始し直してください。端末は改めて信頼する必要があります。</translation>
    </message>
    <message>
        <source>My network</source>
        <translation>自分のネットワーク</translation>
    </message>
    <message>
        <source>My network  ·  every address of this computer</source>
        <translation>自分のネットワーク  ·  このコンピューターの全アドレス</translation>
    </message>
    <message>
        <source>Name</source>
        <translation>名前</translation>
    </message>
    <message>
        <source>Name in the network</source>
        <translation>ネットワーク内の名前</translation>
    </message>
    <message>
        <source>Name its file in Settings, Security, or let one be made.</source>
        <translation>設定の「セキュリティ」でファイルを指定するか、作成させてください。</translation>
    </message>
    <message>
        <source>Names</source>
        <translation>名前</translation>
    </message>
    <message>
        <source>Names and passwords</source>
        <translation>名前とパスワード</translation>
    </message>
    <message>
        <source>Names are compared without regard to case.</source>
        <translation>名前の大文字と小文字は区別されません。</translation>
    </message>
    <message>
        <source>Names, besides this computer&apos;s own, by which clients may address the server, such as hub.example.org or *.example.org.</source>
        <translation>このコンピューター自身の名前以外に、クライアントがサーバーを呼べる名前。例 hub.example.org、*.example.org。</translation>
    </message>
    <message>
        <source>Needs Qt 6 with its module WebSockets.</source>
        <translation>Qt 6 と WebSockets モジュールが必要です。</translation>
    </message>
    <message>
        <source>Neither ufw nor firewalld is on.</source>
        <translation>ufw も firewalld も動いていません。</translation>
    </message>
    <message>
        <source>Network</source>
        <translation>ネットワーク</translation>
    </message>
    <message>
        <source>Never</source>
        <translation>なし</translation>
    </message>
    <message>
        <source>New devices first open {url}</source>
        <translation>新しい機器はまず {url} を開きます</translation>
    </message>
    <message>
        <source>New password</source>
        <translation>新しいパスワード</translation>
    </message>
    <message>
        <source>New passwords; nobody else knows them.</source>
        <translation>新しいパスワード。ほかに知る人はいません。</translation>
    </message>
    <message>
        <source>New secret</source>
        <translation>新しい秘密鍵</translation>
    </message>
    <message>
        <source>New test user</source>
        <translation>新しいテストユーザー</translation>
    </message>
    <message>
        <source>New traffic shows up here.</source>
        <translation>新しい通信がここに表示されます。</translation>
    </message>
    <message>
        <source>New user</source>
        <translation>新しいユーザー</translation>
    </message>
    <message>
        <source>Newcomers see</source>
        <translation>新規の人に見えるもの</translation>
    </message>
    <message>
        <source>Newcomers wait here once registration needs your approval.</source>
        <translation>登録に承認が必要になると、新規の人がここで待ちます。</translation>
    </message>
    <message>
        <source>Newer</source>
        <translation>新しい</translation>
    </message>
    <message>
        <source>Next &amp;error	F8</source>
        <translation>次のエラー(&amp;E)	F8</translation>
    </message>
    <message>
        <source>Next (Return)</source>
        <translation>次へ (Return)</translation>
    </message>
    <message>
        <source>Next sheet</source>
        <translation>次のシート</translation>
    </message>
    <message>
        <source>No account chosen</source>
        <translation>アカウントが選択されていません</translation>
    </message>
    <message>
        <source>No account matches “{search}”</source>
        <translation>「{search}」に合うアカウントはありません</translation>
    </message>
    <message>
        <source>No accounts yet</source>
        <translation>アカウントはまだありません</translation>
    </message>
    <message>
        <source>No act matches</source>
        <translation>合う操作がありません</translation>
    </message>
    <message>
        <source>No certificate is chosen.</source>
        <translation>証明書が選ばれていません。</translation>
    </message>
    <message>
        <source>No connection has this in name, address or app.</source>
        <translation>名前、アドレス、アプリにこれを含む接続はありません。</translation>
    </message>
    <message>
        <source>No connection is broken on purpose.</source>
        <translation>意図的に妨害している接続はありません。</translation>
    </message>
    <message>
        <source>No firewall is in the way: neither ufw, firewalld nor nftables filters.</source>
        <translation>妨げるファイアウォールはありません: ufw、firewalld、nftables のいずれも遮断していません。</translation>
    </message>
    <message>
        <source>No firewall that this program knows was found (ufw, firewalld, nftables).</source>
        <translation>このプログラムが知るファイアウォール (ufw、firewalld、nftables) は見つかりませんでした。</translation>
    </message>
    <message>
        <source>No invitation yet. Create one above and hand on its link.</source>
        <translation>招待はまだありません。上で作成してリンクを渡してください。</translation>
    </message>
    <message>
        <source>No key is chosen.</source>
        <translation>鍵が選ばれていません。</translation>
    </message>
    <message>
        <source>No line can be used.</source>
        <translation>使える行がありません。</translation>
    </message>
    <message>
        <source>No line matches</source>
        <translation>合う行がありません</translation>
    </message>
    <message>
        <source>No messages are kept.</source>
        <translation>保存メッセージはありません。</translation>
    </message>
    <message>
        <source>No row chosen</source>
        <translation>行が選択されていません</translation>
    </message>
    <message>
        <source>No row passes the filter</source>
        <translation>フィルターを通る行がありません</translation>
    </message>
    <message>
        <source>No rule of Windows Defender Firewall lets this program in on {name} networks.</source>
        <translation>{name} ネットワークでこのプログラムを許可する Windows Defender ファイアウォールの規則がありません。</translation>
    </message>
    <message>
        <source>No token counts now.</source>
        <translation>有効なトークンはありません。</translation>
    </message>
    <message>
        <source>No traffic yet</source>
        <translation>通信はまだありません</translation>
    </message>
    <message>
        <source>Open its page</source>
        <translation>そのページを開く</translation>
    </message>
    <message>
        <source>Quitting stops the server, which disconnects them.</source>
        <translation>終了するとサーバーが停止し、接続が切れます。</translation>
    </message>
    <message>
        <source>Tell of newer versions</source>
        <translation>新しいバージョンを知らせる</translation>
    </message>
    <message>
        <source>The page of this program cannot be reached.</source>
        <translation>このプログラムのページに接続できません。</translation>
    </message>
    <message>
        <source>The page of this program gave an answer that is not understood.</source>
        <translation>このプログラムのページの応答を理解できません。</translation>
    </message>
    <message>
        <source>The page of this program told no version that can be compared.</source>
        <translation>このプログラムのページは比較できるバージョンを示しませんでした。</translation>
    </message>
    <message>
        <source>There is no field &apos;{value}&apos; here.</source>
        <translation>ここには「{value}」というフィールドはありません。</translation>
    </message>
    <message>
        <source>This is the newest version.</source>
        <translation>これが最新バージョンです。</translation>
    </message>
    <message>
        <source>Version {version} is there.</source>
        <translation>バージョン {version} が公開されています。</translation>
    </message>
    <message>
        <source>Version {version} is there. About Authws Desktop, in the menu Help, leads to it.</source>
        <translation>バージョン {version} が公開されています。ヘルプ メニューの「Authws Desktop について」から開けます。</translation>
    </message>
    <message>
        <source>another port, such as {next_free}</source>
        <translation>{next_free} などの別のポート</translation>
    </message>
    <message>
        <source>compiled</source>
        <translation>コンパイル済み</translation>
    </message>
    <message>
        <source>is wrong at character {value}</source>
        <translation>{value} 文字目で誤っています</translation>
    </message>
    <message>
        <source>it ends too early (byte {data})</source>
        <translation>途中で終わっています ({data} バイト目)</translation>
    </message>
    <message>
        <source>No, not with the same frame.</source>
        <translation>いいえ、同じフレームでは送れません。</translation>
    </message>
    <message>
        <source>No.</source>
        <translation>いいえ。</translation>
    </message>
    <message>
        <source>Nobody found</source>
        <translation>見つかりません</translation>
    </message>
    <message>
        <source>Nobody has to wait</source>
        <translation>待たされている人はいません</translation>
    </message>
    <message>
        <source>Nobody is banned. Choose somebody on the Live page to ban the user or the address.</source>
        <translation>禁止中の人はいません。ライブページで選んでユーザーまたはアドレスを禁止できます。</translation>
    </message>
    <message>
        <source>Nobody is connected</source>
        <translation>誰も接続していません</translation>
    </message>
    <message>
        <source>Nobody is disconnected now; new connections and logins are refused.</source>
        <translation>今は誰も切断されません。新しい接続とログインは拒否されます。</translation>
    </message>
    <message>
        <source>Nobody is disconnected.</source>
        <translation>誰も切断されません。</translation>
    </message>
    <message>
        <source>Nobody is here yet</source>
        <translation>まだ誰もいません</translation>
    </message>
    <message>
        <source>Nobody is known by that id or name.</source>
        <translation>その ID または名前の人はいません。</translation>
    </message>
    <message>
        <source>Nobody is known by the id or name in &apos;with&apos;.</source>
        <translation>&apos;with&apos; の ID または名前の人はいません。</translation>
    </message>
    <message>
        <source>Nobody is logged in, so nothing was sent.</source>
        <translation>誰もログインしていないため、何も送信しませんでした。</translation>
    </message>
    <message>
        <source>Nobody waits.</source>
        <translation>待っている人はいません。</translation>
    </message>
    <message>
        <source>Nobody waits: registration does not ask for your approval now.</source>
        <translation>待っている人はいません。今の登録に承認は不要です。</translation>
    </message>
    <message>
        <source>Node</source>
        <translation>ノード</translation>
    </message>
    <message>
        <source>Node {name} of {count} · {here} here · {all} in all</source>
        <translation>ノード {name} / {count} · ここ {here} · 全体 {all}</translation>
    </message>
    <message>
        <source>Nodes</source>
        <translation>ノード</translation>
    </message>
    <message>
        <source>None of the chosen users is connected any more, so nothing was sent.</source>
        <translation>選んだユーザーは誰も接続していないため、何も送信しませんでした。</translation>
    </message>
    <message>
        <source>Not a token: ASCII text of up to {max_token_chars} characters.</source>
        <translation>トークンではありません: {max_token_chars} 文字以内の ASCII テキストです。</translation>
    </message>
    <message>
        <source>Not acknowledged yet.</source>
        <translation>まだ確認応答がありません。</translation>
    </message>
    <message>
        <source>Not issued by &apos;{issuer}&apos;.</source>
        <translation>&apos;{issuer}&apos; が発行したものではありません。</translation>
    </message>
    <message>
        <source>Not logged in</source>
        <translation>未ログイン</translation>
    </message>
    <message>
        <source>Not three parts of JSON and signature in base64url.</source>
        <translation>JSON と署名の base64url による 3 つの部分ではありません。</translation>
    </message>
    <message>
        <source>Note</source>
        <translation>メモ</translation>
    </message>
    <message>
        <source>Nothing</source>
        <translation>なし</translation>
    </message>
    <message>
        <source>Nothing has been logged yet</source>
        <translation>ログはまだありません</translation>
    </message>
    <message>
        <source>Nothing is kept yet. What passes from now on shows up here.</source>
        <translation>まだ何も保存されていません。今後の通信がここに表示されます。</translation>
    </message>
    <message>
        <source>Nothing is kept, and everybody has an account.</source>
        <translation>何も保存せず、全員がアカウントを持ちます。</translation>
    </message>
    <message>
        <source>Nothing is saved any more, and the file is left as it is.</source>
        <translation>今後は何も保存されず、ファイルはそのまま残ります。</translation>
    </message>
    <message>
        <source>Nothing is saved any more.</source>
        <translation>今後は何も保存されません。</translation>
    </message>
    <message>
        <source>Nothing like this is in it.</source>
        <translation>該当するものがありません。</translation>
    </message>
    <message>
        <source>Nothing was changed.</source>
        <translation>何も変更していません。</translation>
    </message>
    <message>
        <source>Nothing was done yet</source>
        <translation>まだ何も行われていません</translation>
    </message>
    <message>
        <source>Of a recording, each says what its first user said, over and over.</source>
        <translation>記録を使い、各自がその最初のユーザーの発言を繰り返します。</translation>
    </message>
    <message>
        <source>Of any kind, from one address of another computer; a whole class or event may share one.</source>
        <translation>種類を問わず、別のコンピューターの 1 アドレスから。クラスや催しで共有することがあります。</translation>
    </message>
    <message>
        <source>Of anyone</source>
        <translation>誰でも</translation>
    </message>
    <message>
        <source>Of people with an account</source>
        <translation>アカウントのある人</translation>
    </message>
    <message>
        <source>Of the messages kept: nothing, what was said since their account was made, also the last 50 before, or all.</source>
        <translation>保存メッセージのうち: なし、アカウント作成以降、その前の 50 件も、すべて。</translation>
    </message>
    <message>
        <source>Of the web client, such as en, de or pt-BR. Empty: each browser&apos;s own.</source>
        <translation>Web クライアントの言語。例 en、de、pt-BR。空: 各ブラウザーに従う。</translation>
    </message>
    <message>
        <source>Of these late: {late}, the last one after {after_s}.</source>
        <translation>うち遅れた数: {late}、最後は {after_s} 後。</translation>
    </message>
    <message>
        <source>Off</source>
        <translation>オフ</translation>
    </message>
    <message>
        <source>Off: a guest cannot write to another guest alone.</source>
        <translation>オフ: ゲストは他のゲストに個別に書けません。</translation>
    </message>
    <message>
        <source>Off: plain http and ws</source>
        <translation>オフ: 通常の http と ws</translation>
    </message>
    <message>
        <source>Older</source>
        <translation>古い</translation>
    </message>
    <message>
        <source>Older ones are forgotten; a message for somebody who is away waits as long.</source>
        <translation>古いものは忘れられます。不在者へのメッセージも同じ期間待ちます。</translation>
    </message>
    <message>
        <source>Older rows are dropped when their payloads take more than this.</source>
        <translation>ペイロードがこれを超えると古い行から消えます。</translation>
    </message>
    <message>
        <source>On</source>
        <translation>オン</translation>
    </message>
    <message>
        <source>On now</source>
        <translation>現在有効</translation>
    </message>
    <message>
        <source>On top: {text}</source>
        <translation>上に表示: {text}</translation>
    </message>
    <message>
        <source>On: people come in by name alone, without a password. They end when the server stops.</source>
        <translation>オン: パスワードなし、名前だけで入れます。サーバー停止で終了します。</translation>
    </message>
    <message>
        <source>On: the web client sends pictures, shrunk to 1,280 pixels and 300 kB.</source>
        <translation>オン: Web クライアントが画像を 1,280 ピクセル、300 kB に縮小して送ります。</translation>
    </message>
    <message>
        <source>Once</source>
        <translation>1 回</translation>
    </message>
    <message>
        <source>One connection</source>
        <translation>1 つの接続</translation>
    </message>
    <message>
        <source>One person a line: a name, and if you like a password and a role (member or host), separated by comma, semicolon or tab. Who has no password gets a generated one. A table of users with bcrypt hashes, as CSV or JSON, moves in with the passwords they have.</source>
        <translation>1 行に 1 人: 名前、必要ならパスワードと役割 (member または host) をコンマ、セミコロン、タブで区切ります。パスワードがなければ生成します。bcrypt ハッシュ付きの表 (CSV または JSON) は今のパスワードのまま移れます。</translation>
    </message>
    <message>
        <source>Only after a new login.</source>
        <translation>ログインし直した後に限ります。</translation>
    </message>
    <message>
        <source>Only frames can be sent again</source>
        <translation>再送信できるのはフレームだけです</translation>
    </message>
    <message>
        <source>Only hosts</source>
        <translation>ホストのみ</translation>
    </message>
    <message>
        <source>Only hosts write to everyone</source>
        <translation>全員に書けるのはホストのみ</translation>
    </message>
    <message>
        <source>Only the beginning of this frame was kept</source>
        <translation>このフレームは先頭だけが保存されています</translation>
    </message>
    <message>
        <source>Only the host may write to everyone now.</source>
        <translation>現在、全員に書けるのはホストだけです。</translation>
    </message>
    <message>
        <source>Only the node that they are connected to knows their address</source>
        <translation>アドレスは接続先のノードだけが知っています</translation>
    </message>
    <message>
        <source>Only this computer can come in now.</source>
        <translation>現在、入れるのはこのコンピューターだけです。</translation>
    </message>
    <message>
        <source>Only this computer can open the address now. Others need it to find the login.</source>
        <translation>今このアドレスを開けるのはこのコンピューターだけです。ほかの人がログインに行くには必要です。</translation>
    </message>
    <message>
        <source>Only this computer can open this address.</source>
        <translation>このアドレスを開けるのはこのコンピューターだけです。</translation>
    </message>
    <message>
        <source>Only this computer can reach it.</source>
        <translation>届くのはこのコンピューターだけです。</translation>
    </message>
    <message>
        <source>Only you see it.</source>
        <translation>見えるのは自分だけです。</translation>
    </message>
    <message>
        <source>Open</source>
        <translation>開く</translation>
    </message>
    <message>
        <source>Open Authws Desktop</source>
        <translation>Authws Desktop を開く</translation>
    </message>
    <message>
        <source>Open a file…</source>
        <translation>ファイルを開く…</translation>
    </message>
    <message>
        <source>Open a list of names</source>
        <translation>名前の一覧を開く</translation>
    </message>
    <message>
        <source>Open account</source>
        <translation>アカウントを開く</translation>
    </message>
    <message>
        <source>Open exported traffic</source>
        <translation>書き出した通信を開く</translation>
    </message>
    <message>
        <source>Open in browser</source>
        <translation>ブラウザーで開く</translation>
    </message>
    <message>
        <source>Open this address in a browser on this computer.</source>
        <translation>このコンピューターのブラウザーでこのアドレスを開いてください。</translation>
    </message>
    <message>
        <source>Open {address} in a browser here, or let other devices in.</source>
        <translation>ここのブラウザーで {address} を開くか、他の機器に公開してください。</translation>
    </message>
    <message>
        <source>Open: anyone who reaches the server</source>
        <translation>開放: サーバーに届く人は誰でも</translation>
    </message>
    <message>
        <source>Opening {file}</source>
        <translation>{file} を開いています</translation>
    </message>
    <message>
        <source>Opening {where}…</source>
        <translation>{where} を開いています…</translation>
    </message>
    <message>
        <source>Opens this window and starts the server when you log in to this computer.</source>
        <translation>このコンピューターにログインしたときにウィンドウを開き、サーバーを開始します。</translation>
    </message>
    <message>
        <source>Optional. They are told it when they are disconnected or refused.</source>
        <translation>任意。切断または拒否されたときに本人に伝えられます。</translation>
    </message>
    <message>
        <source>Or allow twice as many from each address; nobody is disconnected.</source>
        <translation>または各アドレスから 2 倍まで許可します。誰も切断されません。</translation>
    </message>
    <message>
        <source>Or give everyone twice the time to log in; nobody is disconnected.</source>
        <translation>または全員のログイン時間を 2 倍にします。誰も切断されません。</translation>
    </message>
    <message>
        <source>Or let everyone send frames twice as large; nobody is disconnected.</source>
        <translation>または全員に 2 倍の大きさのフレームを許可します。誰も切断されません。</translation>
    </message>
    <message>
        <source>Or let twice as much wait for who reads slowly; nobody is disconnected.</source>
        <translation>または読み取りの遅い人の待ち行列を 2 倍にします。誰も切断されません。</translation>
    </message>
    <message>
        <source>Or remove the rule as administrator:</source>
        <translation>または管理者として規則を削除してください:</translation>
    </message>
    <message>
        <source>Or use that copy, or quit it first.</source>
        <translation>またはそちらのコピーを使うか、先に終了してください。</translation>
    </message>
    <message>
        <source>Others in this network use {port}{adapter}.</source>
        <translation>このネットワークの他の人は {port}{adapter} を使います。</translation>
    </message>
    <message>
        <source>Others may use {port}, but {adapter} is a virtual network or a VPN.</source>
        <translation>他の人は {port} を使えるかもしれませんが、{adapter} は仮想ネットワークまたは VPN です。</translation>
    </message>
    <message>
        <source>Others reach this server: break their connections, too</source>
        <translation>このサーバーに他から届きます: その接続も妨害する</translation>
    </message>
    <message>
        <source>Out</source>
        <translation>送信</translation>
    </message>
    <message>
        <source>Out/s</source>
        <translation>送信/秒</translation>
    </message>
    <message>
        <source>Outcome</source>
        <translation>結果</translation>
    </message>
    <message>
        <source>PDF files (*.pdf)</source>
        <translation>PDF ファイル (*.pdf)</translation>
    </message>
    <message>
        <source>PEM files (*.pem *.crt *.cer *.key);;All files (*)</source>
        <translation>PEM ファイル (*.pem *.crt *.cer *.key);;すべてのファイル (*)</translation>
    </message>
    <message>
        <source>PEM without a password; for your own files.</source>
        <translation>パスワードなしの PEM。自分のファイル用。</translation>
    </message>
    <message>
        <source>PEM, with the chain below it; for your own files.</source>
        <translation>証明書チェーンを下に含む PEM。自分のファイル用。</translation>
    </message>
    <message>
        <source>Pages of {origin} may not connect.</source>
        <translation>{origin} のページは接続できません。</translation>
    </message>
    <message>
        <source>Paper</source>
        <translation>用紙</translation>
    </message>
    <message>
        <source>Part</source>
        <translation>部分</translation>
    </message>
    <message>
        <source>Parts of the token</source>
        <translation>トークンの部分</translation>
    </message>
    <message>
        <source>Password</source>
        <translation>パスワード</translation>
    </message>
    <message>
        <source>Password strength: {strength}</source>
        <translation>パスワードの強さ: {strength}</translation>
    </message>
    <message>
        <source>Paste</source>
        <translation>貼り付け</translation>
    </message>
    <message>
        <source>Paste a token here: three parts with dots between them.</source>
        <translation>ここにトークンを貼り付けてください。点で区切られた 3 つの部分です。</translation>
    </message>
    <message>
        <source>Paste a token to see what it says and whether this server accepts it.</source>
        <translation>トークンを貼り付けると、内容とこのサーバーが受け付けるかが分かります。</translation>
    </message>
    <message>
        <source>Paste it into the console of a page on this server, or into a page&apos;s script.</source>
        <translation>このサーバーのページのコンソール、またはページのスクリプトに貼り付けてください。</translation>
    </message>
    <message>
        <source>Path</source>
        <translation>パス</translation>
    </message>
    <message>
        <source>Pause</source>
        <translation>一時停止</translation>
    </message>
    <message>
        <source>Payload as JSON</source>
        <translation>JSON のペイロード</translation>
    </message>
    <message>
        <source>Payload as bytes</source>
        <translation>バイトのペイロード</translation>
    </message>
    <message>
        <source>Payload as text</source>
        <translation>テキストのペイロード</translation>
    </message>
    <message>
        <source>People</source>
        <translation>人</translation>
    </message>
    <message>
        <source>People who are logged in</source>
        <translation>ログイン中の人</translation>
    </message>
    <message>
        <source>People, invitations, or who waits</source>
        <translation>人、招待、待っている人</translation>
    </message>
    <message>
        <source>Phones join by scanning the code. The password is not kept when the program ends.</source>
        <translation>スマートフォンはコードをスキャンして接続します。パスワードはプログラム終了後に残りません。</translation>
    </message>
    <message>
        <source>Pictures</source>
        <translation>画像</translation>
    </message>
    <message>
        <source>Pictures in the web client</source>
        <translation>Web クライアントの画像</translation>
    </message>
    <message>
        <source>Ping</source>
        <translation>ping</translation>
    </message>
    <message>
        <source>Port</source>
        <translation>ポート</translation>
    </message>
    <message>
        <source>Port {port} is in use by {who}.</source>
        <translation>ポート {port} は{who}が使用中です。</translation>
    </message>
    <message>
        <source>Presence</source>
        <translation>在席</translation>
    </message>
    <message>
        <source>Press / and then Escape to empty the filter, or choose more kinds of rows above.</source>
        <translation>/ のあと Escape でフィルターを空にするか、上で行の種類を増やしてください。</translation>
    </message>
    <message>
        <source>Press Start above to let people connect.</source>
        <translation>上の「開始」を押すと接続できるようになります。</translation>
    </message>
    <message>
        <source>Press Start to listen on {where}</source>
        <translation>「開始」を押すと {where} で待ち受けます</translation>
    </message>
    <message>
        <source>Press Start, then check again.</source>
        <translation>「開始」を押して再確認してください。</translation>
    </message>
    <message>
        <source>Pretty</source>
        <translation>整形</translation>
    </message>
    <message>
        <source>Preview</source>
        <translation>プレビュー</translation>
    </message>
    <message>
        <source>Preview of the sheet</source>
        <translation>シートのプレビュー</translation>
    </message>
    <message>
        <source>Previous (Shift+Return)</source>
        <translation>前へ (Shift+Return)</translation>
    </message>
    <message>
        <source>Previous sheet</source>
        <translation>前のシート</translation>
    </message>
    <message>
        <source>Print the PDF at its real size, then cut along the lines.</source>
        <translation>PDF を実寸で印刷し、線に沿って切ってください。</translation>
    </message>
    <message>
        <source>Production</source>
        <translation>本番</translation>
    </message>
    <message>
        <source>Program</source>
        <translation>プログラム</translation>
    </message>
    <message>
        <source>Progress</source>
        <translation>進捗</translation>
    </message>
    <message>
        <source>Projector</source>
        <translation>プロジェクター</translation>
    </message>
    <message>
        <source>Put away</source>
        <translation>片付ける</translation>
    </message>
    <message>
        <source>Put away: the password is not kept anywhere</source>
        <translation>片付ける: パスワードはどこにも残りません</translation>
    </message>
    <message>
        <source>Put it back, or begin a new one.</source>
        <translation>元に戻すか、新しく始めてください。</translation>
    </message>
    <message>
        <source>Put one name on each line.</source>
        <translation>1 行に 1 つの名前を書いてください。</translation>
    </message>
    <message>
        <source>Put the file back, or ban somebody, which writes it again.</source>
        <translation>ファイルを元に戻すか、誰かを禁止すると書き直されます。</translation>
    </message>
    <message>
        <source>Put the file back, or renew the secret, which writes it again.</source>
        <translation>ファイルを元に戻すか、秘密鍵を更新すると書き直されます。</translation>
    </message>
    <message>
        <source>Put the file back, or restart the program to begin with what is there.</source>
        <translation>ファイルを元に戻すか、プログラムを再起動して現状から始めてください。</translation>
    </message>
    <message>
        <source>Put the file back, or save a setting, which writes it again.</source>
        <translation>ファイルを元に戻すか、設定を保存すると書き直されます。</translation>
    </message>
    <message>
        <source>Put the right file in its place, then restart the program.</source>
        <translation>正しいファイルを置いて、プログラムを再起動してください。</translation>
    </message>
    <message>
        <source>QR code of {address}</source>
        <translation>{address} の QR コード</translation>
    </message>
    <message>
        <source>QR code of {address}. Press Escape to close.</source>
        <translation>{address} の QR コード。Escape で閉じます。</translation>
    </message>
    <message>
        <source>Quit</source>
        <translation>終了</translation>
    </message>
    <message>
        <source>Quit and lose the passwords?</source>
        <translation>終了してパスワードを失いますか?</translation>
    </message>
    <message>
        <source>Raise its limit (ulimit -n, or LimitNOFILE of a service) to {needed} and start it again.</source>
        <translation>上限 (ulimit -n、またはサービスの LimitNOFILE) を {needed} に上げて開始し直してください。</translation>
    </message>
    <message>
        <source>Raw</source>
        <translation>生</translation>
    </message>
    <message>
        <source>Reachable from: {scope}</source>
        <translation>到達範囲: {scope}</translation>
    </message>
    <message>
        <source>Reached from this computer. Now try it from another one.</source>
        <translation>このコンピューターから届きました。次は別の機器で試してください。</translation>
    </message>
    <message>
        <source>Reached from {address} in {time} ms</source>
        <translation>{address} から {time} ms で届きました</translation>
    </message>
    <message>
        <source>Read line {done} of {all}</source>
        <translation>{all} 行中 {done} 行を読みました</translation>
    </message>
    <message>
        <source>Reads too slowly ({code}).</source>
        <translation>読み取りが遅すぎます ({code})。</translation>
    </message>
    <message>
        <source>Real accounts with real connections, in a process of their own. Their names begin with bot-, and they are removed at the end.</source>
        <translation>実際の接続を持つ実際のアカウントを別プロセスで動かします。名前は bot- で始まり、最後に削除されます。</translation>
    </message>
    <message>
        <source>Reason</source>
        <translation>理由</translation>
    </message>
    <message>
        <source>Received</source>
        <translation>受信</translation>
    </message>
    <message>
        <source>Received; nothing was passed on.</source>
        <translation>受信しました。何も渡していません。</translation>
    </message>
    <message>
        <source>Recording {file}</source>
        <translation>記録 {file}</translation>
    </message>
    <message>
        <source>Refused</source>
        <translation>拒否</translation>
    </message>
    <message>
        <source>Registration</source>
        <translation>登録</translation>
    </message>
    <message>
        <source>Registration is closed: invitations do not work.</source>
        <translation>登録は閉鎖中です: 招待は使えません。</translation>
    </message>
    <message>
        <source>Registration is open: nobody needs an invitation.</source>
        <translation>登録は開放中です: 招待は不要です。</translation>
    </message>
    <message>
        <source>Registration needs an invitation code.</source>
        <translation>登録には招待コードが必要です。</translation>
    </message>
    <message>
        <source>Registration needs your approval: invitations are not asked for.</source>
        <translation>登録には承認が必要です: 招待は求められません。</translation>
    </message>
    <message>
        <source>Registrations</source>
        <translation>登録数</translation>
    </message>
    <message>
        <source>Registrations in 15 minutes from one address; 0 switches the limit off.</source>
        <translation>15 分間に 1 アドレスから登録できる数。0 は無制限。</translation>
    </message>
    <message>
        <source>Remember this message</source>
        <translation>このメッセージを覚える</translation>
    </message>
    <message>
        <source>Remove it after the event.</source>
        <translation>イベントの後に削除してください。</translation>
    </message>
    <message>
        <source>Remove it, or write {settings_version}.</source>
        <translation>削除するか、{settings_version} と書いてください。</translation>
    </message>
    <message>
        <source>Remove it.</source>
        <translation>削除してください。</translation>
    </message>
    <message>
        <source>Repair it, or move it away to start without bans.</source>
        <translation>修復するか、移動して禁止なしで開始してください。</translation>
    </message>
    <message>
        <source>Replace</source>
        <translation>置き換え</translation>
    </message>
    <message>
        <source>Replace it.</source>
        <translation>置き換えてください。</translation>
    </message>
    <message>
        <source>Replace the signing secret</source>
        <translation>署名の秘密鍵を置き換え</translation>
    </message>
    <message>
        <source>Replace…</source>
        <translation>置き換え…</translation>
    </message>
    <message>
        <source>Request</source>
        <translation>要求</translation>
    </message>
    <message>
        <source>Require approval</source>
        <translation>承認を必須にする</translation>
    </message>
    <message>
        <source>Require invitations</source>
        <translation>招待を必須にする</translation>
    </message>
    <message>
        <source>Resend</source>
        <translation>再送</translation>
    </message>
    <message>
        <source>Resend…</source>
        <translation>再送…</translation>
    </message>
    <message>
        <source>Reset password</source>
        <translation>パスワードをリセット</translation>
    </message>
    <message>
        <source>Reset password of {name}</source>
        <translation>{name} のパスワードをリセット</translation>
    </message>
    <message>
        <source>Reset passwords</source>
        <translation>パスワードをリセット</translation>
    </message>
    <message>
        <source>Reset passwords of {accounts}</source>
        <translation>{accounts}のパスワードをリセット</translation>
    </message>
    <message>
        <source>Response</source>
        <translation>応答</translation>
    </message>
    <message>
        <source>Restore it from a backup, or move it away to start with no accounts.</source>
        <translation>バックアップから戻すか、移動してアカウントなしで開始してください。</translation>
    </message>
    <message>
        <source>Restore it from a backup, or move it away: then a new secret is made and everyone logs in again.</source>
        <translation>バックアップから戻すか、移動してください。移動すると新しい秘密鍵が作られ、全員がログインし直します。</translation>
    </message>
    <message>
        <source>Resume</source>
        <translation>再開</translation>
    </message>
    <message>
        <source>Revert</source>
        <translation>元に戻す</translation>
    </message>
    <message>
        <source>Revoke</source>
        <translation>取り消す</translation>
    </message>
    <message>
        <source>Revoke all</source>
        <translation>すべて取り消す</translation>
    </message>
    <message>
        <source>Revoke all sessions of {whom}?</source>
        <translation>{whom} のセッションをすべて取り消しますか?</translation>
    </message>
    <message>
        <source>Revoke all…</source>
        <translation>すべて取り消す…</translation>
    </message>
    <message>
        <source>Revoke invitations?</source>
        <translation>招待を取り消しますか?</translation>
    </message>
    <message>
        <source>Revoke some that are no longer needed.</source>
        <translation>不要になったものを取り消してください。</translation>
    </message>
    <message>
        <source>Revokes {invitations}. Their links stop working at once.</source>
        <translation>{invitations}を取り消します。リンクはすぐ使えなくなります。</translation>
    </message>
    <message>
        <source>Revokes {sessions} and ends {connections}.</source>
        <translation>{sessions}を取り消し、{connections}を終了します。</translation>
    </message>
    <message>
        <source>Revoke…</source>
        <translation>取り消す…</translation>
    </message>
    <message>
        <source>Role</source>
        <translation>役割</translation>
    </message>
    <message>
        <source>Roles are &apos;host&apos; and &apos;member&apos;.</source>
        <translation>ロールは &apos;host&apos; と &apos;member&apos; です。</translation>
    </message>
    <message>
        <source>Room</source>
        <translation>ルーム</translation>
    </message>
    <message>
        <source>Round trip of the last WebSocket ping</source>
        <translation>最後の WebSocket ping の往復時間</translation>
    </message>
    <message>
        <source>Rows</source>
        <translation>行</translation>
    </message>
    <message>
        <source>Rows after these</source>
        <translation>後ろの行</translation>
    </message>
    <message>
        <source>Rows before these</source>
        <translation>前の行</translation>
    </message>
    <message>
        <source>Rows kept</source>
        <translation>保持する行</translation>
    </message>
    <message>
        <source>Rows of all nodes</source>
        <translation>全ノードの行</translation>
    </message>
    <message>
        <source>Rows side by side</source>
        <translation>行を並べて表示</translation>
    </message>
    <message>
        <source>Rules of nftables can be read by root only; to see them:</source>
        <translation>nftables の規則は root だけが読めます。表示するには:</translation>
    </message>
    <message>
        <source>Running</source>
        <translation>動作中</translation>
    </message>
    <message>
        <source>S&amp;ort by</source>
        <translation>並べ替え(&amp;O)</translation>
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
        <translation>CSV を保存…</translation>
    </message>
    <message>
        <source>Save and disconnect?</source>
        <translation>保存して切断しますか?</translation>
    </message>
    <message>
        <source>Save as PDF…</source>
        <translation>PDF として保存…</translation>
    </message>
    <message>
        <source>Save it as &apos;CSV UTF-8&apos; and try again.</source>
        <translation>&apos;CSV UTF-8&apos; で保存して、もう一度お試しください。</translation>
    </message>
    <message>
        <source>Save it as Client.cs and add it to an object of the scene.</source>
        <translation>Client.cs として保存し、シーンのオブジェクトに追加してください。</translation>
    </message>
    <message>
        <source>Save it as Client.java.</source>
        <translation>Client.java として保存してください。</translation>
    </message>
    <message>
        <source>Save it as UTF-8.</source>
        <translation>UTF-8 で保存してください。</translation>
    </message>
    <message>
        <source>Save it as client.mjs.</source>
        <translation>client.mjs として保存してください。</translation>
    </message>
    <message>
        <source>Save login cards</source>
        <translation>ログインカードを保存</translation>
    </message>
    <message>
        <source>Save names and passwords</source>
        <translation>名前とパスワードを保存</translation>
    </message>
    <message>
        <source>Save this filter</source>
        <translation>このフィルターを保存</translation>
    </message>
    <message>
        <source>Saved filters</source>
        <translation>保存したフィルター</translation>
    </message>
    <message>
        <source>Saved {file}. It holds passwords: delete it once the cards are printed.</source>
        <translation>{file} を保存しました。パスワードを含みます。カードを印刷したら削除してください。</translation>
    </message>
    <message>
        <source>Saved {file}. It holds passwords: delete it once they are handed on.</source>
        <translation>{file} を保存しました。パスワードを含みます。渡し終えたら削除してください。</translation>
    </message>
    <message>
        <source>Saved.</source>
        <translation>保存しました。</translation>
    </message>
    <message>
        <source>Say this to everyone who is logged in</source>
        <translation>ログイン中の全員に伝える</translation>
    </message>
    <message>
        <source>Scan the code with a phone in the same network. It proves more than any setting.</source>
        <translation>同じネットワークのスマホでコードを読み取ってください。どの設定より確かな証明になります。</translation>
    </message>
    <message>
        <source>Scan the code, or open</source>
        <translation>コードを読み取るか、開く</translation>
    </message>
    <message>
        <source>Scan the code, or open this address in a browser.</source>
        <translation>コードを読み取るか、ブラウザーでこのアドレスを開いてください。</translation>
    </message>
    <message>
        <source>Scope set by {source}</source>
        <translation>範囲は {source} が設定</translation>
    </message>
    <message>
        <source>Search  /</source>
        <translation>検索  /</translation>
    </message>
    <message>
        <source>Search accounts</source>
        <translation>アカウントを検索</translation>
    </message>
    <message>
        <source>Search accounts  /</source>
        <translation>アカウントを検索  /</translation>
    </message>
    <message>
        <source>Search connected users</source>
        <translation>接続中のユーザーを検索</translation>
    </message>
    <message>
        <source>Search settings</source>
        <translation>設定を検索</translation>
    </message>
    <message>
        <source>Search the acts</source>
        <translation>操作を検索</translation>
    </message>
    <message>
        <source>Search the log</source>
        <translation>ログを検索</translation>
    </message>
    <message>
        <source>Search users</source>
        <translation>ユーザーを検索</translation>
    </message>
    <message>
        <source>Security</source>
        <translation>セキュリティ</translation>
    </message>
    <message>
        <source>Seed of chance</source>
        <translation>乱数の種</translation>
    </message>
    <message>
        <source>Send</source>
        <translation>送信</translation>
    </message>
    <message>
        <source>Send (Ctrl+Return)</source>
        <translation>送信 (Ctrl+Return)</translation>
    </message>
    <message>
        <source>Send as server</source>
        <translation>サーバーとして送信</translation>
    </message>
    <message>
        <source>Send as server… (to whom is chosen below, or to everyone)</source>
        <translation>サーバーとして送信… (下で選んだ人、または全員へ)</translation>
    </message>
    <message>
        <source>Send buffer</source>
        <translation>送信バッファー</translation>
    </message>
    <message>
        <source>Send it again when the recipient is there.</source>
        <translation>受信者がいるときに送り直してください。</translation>
    </message>
    <message>
        <source>Send it as UTF-8.</source>
        <translation>UTF-8 で送ってください。</translation>
    </message>
    <message>
        <source>Send message…</source>
        <translation>メッセージを送信…</translation>
    </message>
    <message>
        <source>Send this frame again…</source>
        <translation>このフレームを再送…</translation>
    </message>
    <message>
        <source>Sent</source>
        <translation>送信</translation>
    </message>
    <message>
        <source>Sent to {connections}</source>
        <translation>{connections} に送信</translation>
    </message>
    <message>
        <source>Sent to {connections}.</source>
        <translation>{connections} に送信しました。</translation>
    </message>
    <message>
        <source>Separated by commas · default none</source>
        <translation>コンマ区切り · 既定なし</translation>
    </message>
    <message>
        <source>Server is stopping ({code}).</source>
        <translation>サーバーが停止します ({code})。</translation>
    </message>
    <message>
        <source>Server listens anew.</source>
        <translation>サーバーが待ち受けし直します。</translation>
    </message>
    <message>
        <source>Server {state}.</source>
        <translation>サーバー: {state}。</translation>
    </message>
    <message>
        <source>Server: {state}</source>
        <translation>サーバー: {state}</translation>
    </message>
    <message>
        <source>Sessions</source>
        <translation>セッション</translation>
    </message>
    <message>
        <source>Sessions of the account</source>
        <translation>アカウントのセッション</translation>
    </message>
    <message>
        <source>Set HOME, or name a folder: --data-dir FOLDER.</source>
        <translation>HOME を設定するか、フォルダーを指定してください: --data-dir FOLDER</translation>
    </message>
    <message>
        <source>Set a longer one.</source>
        <translation>もっと長いものを設定してください。</translation>
    </message>
    <message>
        <source>Set by JWT_SECRET (environment)</source>
        <translation>JWT_SECRET (環境) が設定</translation>
    </message>
    <message>
        <source>Set by {source}</source>
        <translation>{source} が設定</translation>
    </message>
    <message>
        <source>Set it to a long random text.</source>
        <translation>長いランダムな文字列を設定してください。</translation>
    </message>
    <message>
        <source>Sets what is kept, what newcomers see and whether guests may come in, all with one choice.</source>
        <translation>保存するもの、新規の人に見えるもの、ゲストの可否を 1 つの選択で設定します。</translation>
    </message>
    <message>
        <source>Settings</source>
        <translation>設定</translation>
    </message>
    <message>
        <source>Settings changed.</source>
        <translation>設定が変わりました。</translation>
    </message>
    <message>
        <source>Settings of all nodes: revision {number}</source>
        <translation>全ノードの設定: リビジョン {number}</translation>
    </message>
    <message>
        <source>Sheet {sheet} of {all}</source>
        <translation>シート {sheet} / {all}</translation>
    </message>
    <message>
        <source>Sheet {sheet} of {all} is done.</source>
        <translation>シート {sheet} / {all} が完了しました。</translation>
    </message>
    <message>
        <source>Shortest password</source>
        <translation>パスワードの最短長</translation>
    </message>
    <message>
        <source>Should it connect again?</source>
        <translation>再接続すべきですか?</translation>
    </message>
    <message>
        <source>Show</source>
        <translation>表示</translation>
    </message>
    <message>
        <source>Show &amp;QR code and addresses</source>
        <translation>QR コードとアドレスを表示(&amp;Q)</translation>
    </message>
    <message>
        <source>Show all</source>
        <translation>すべて表示</translation>
    </message>
    <message>
        <source>Show in the traffic</source>
        <translation>通信で表示</translation>
    </message>
    <message>
        <source>Show it on the whole screen</source>
        <translation>画面全体に表示</translation>
    </message>
    <message>
        <source>Show its code</source>
        <translation>コードを表示</translation>
    </message>
    <message>
        <source>Show older</source>
        <translation>古いものを表示</translation>
    </message>
    <message>
        <source>Show only connection #{number}</source>
        <translation>接続 #{number} だけを表示</translation>
    </message>
    <message>
        <source>Show only lines with problems</source>
        <translation>問題のある行だけを表示</translation>
    </message>
    <message>
        <source>Show only type {type}</source>
        <translation>種類 {type} だけを表示</translation>
    </message>
    <message>
        <source>Show only user {name}</source>
        <translation>ユーザー {name} だけを表示</translation>
    </message>
    <message>
        <source>Show or hide the connected users (Ctrl+B)</source>
        <translation>接続中のユーザーを表示または隠す (Ctrl+B)</translation>
    </message>
    <message>
        <source>Show or leave out these rows; the count is of all that came since the last Clear</source>
        <translation>これらの行の表示を切り替え。数は前回の消去以降のすべてです</translation>
    </message>
    <message>
        <source>Show password</source>
        <translation>パスワードを表示</translation>
    </message>
    <message>
        <source>Show the QR code and all addresses</source>
        <translation>QR コードと全アドレスを表示</translation>
    </message>
    <message>
        <source>Show the code</source>
        <translation>コードを表示</translation>
    </message>
    <message>
        <source>Show the code large</source>
        <translation>コードを大きく表示</translation>
    </message>
    <message>
        <source>Show the code of the address on the whole screen</source>
        <translation>アドレスのコードを画面全体に表示</translation>
    </message>
    <message>
        <source>Show the secret</source>
        <translation>秘密鍵を表示</translation>
    </message>
    <message>
        <source>Show traffic</source>
        <translation>通信を表示</translation>
    </message>
    <message>
        <source>Show what the server answered as rows of their own (E); each request tells its outcome</source>
        <translation>サーバーの応答を独立した行で表示 (E)。各要求に結果が示されます</translation>
    </message>
    <message>
        <source>Signed by none of the keys of your backend.</source>
        <translation>バックエンドのどの鍵でも署名されていません。</translation>
    </message>
    <message>
        <source>Signed with HS256.</source>
        <translation>HS256 で署名されています。</translation>
    </message>
    <message>
        <source>Signed with a secret this server does not accept.</source>
        <translation>このサーバーが受け入れない秘密鍵で署名されています。</translation>
    </message>
    <message>
        <source>Signed with {algorithm} by a key of your backend.</source>
        <translation>バックエンドの鍵により {algorithm} で署名されています。</translation>
    </message>
    <message>
        <source>Signed with {current} ({id}).</source>
        <translation>{current} ({id}) で署名されています。</translation>
    </message>
    <message>
        <source>Signing secret</source>
        <translation>署名の秘密鍵</translation>
    </message>
    <message>
        <source>Signing secret was changed ({code}).</source>
        <translation>署名の秘密鍵が変更されました ({code})。</translation>
    </message>
    <message>
        <source>Signs every login. Whoever knows it can log in as anybody.</source>
        <translation>すべてのログインに署名します。知る人は誰としてでもログインできます。</translation>
    </message>
    <message>
        <source>Since</source>
        <translation>開始</translation>
    </message>
    <message>
        <source>Size</source>
        <translation>サイズ</translation>
    </message>
    <message>
        <source>Snippets</source>
        <translation>スニペット</translation>
    </message>
    <message>
        <source>Some of it is as you set it.</source>
        <translation>一部は自分で設定したものです。</translation>
    </message>
    <message>
        <source>Somebody connected to your server.</source>
        <translation>誰かがサーバーに接続しました。</translation>
    </message>
    <message>
        <source>Somebody else changed it meanwhile: the program reads it again.</source>
        <translation>その間に別の人が変更しました。プログラムが読み直します。</translation>
    </message>
    <message>
        <source>Somebody new</source>
        <translation>新しい人</translation>
    </message>
    <message>
        <source>Start</source>
        <translation>開始</translation>
    </message>
    <message>
        <source>Start the server</source>
        <translation>サーバーを開始</translation>
    </message>
    <message>
        <source>Start the server and copy its address</source>
        <translation>サーバーを開始してアドレスをコピー</translation>
    </message>
    <message>
        <source>Start the server first</source>
        <translation>先にサーバーを開始してください</translation>
    </message>
    <message>
        <source>Start the server: logins, connections and messages show up here.</source>
        <translation>サーバーを開始すると、ログイン、接続、メッセージがここに表示されます。</translation>
    </message>
    <message>
        <source>Start when I log in</source>
        <translation>ログイン時に開始</translation>
    </message>
    <message>
        <source>Start with this computer</source>
        <translation>コンピューターと一緒に開始</translation>
    </message>
    <message>
        <source>Starting</source>
        <translation>開始中</translation>
    </message>
    <message>
        <source>State</source>
        <translation>状態</translation>
    </message>
    <message>
        <source>Status</source>
        <translation>状況</translation>
    </message>
    <message>
        <source>Stop</source>
        <translation>停止</translation>
    </message>
    <message>
        <source>Stop and start the server to make one that does.</source>
        <translation>サーバーを停止して開始すると、含むものが作られます。</translation>
    </message>
    <message>
        <source>Stop the server</source>
        <translation>サーバーを停止</translation>
    </message>
    <message>
        <source>Stop the server?</source>
        <translation>サーバーを停止しますか?</translation>
    </message>
    <message>
        <source>Stopped</source>
        <translation>停止中</translation>
    </message>
    <message>
        <source>Stopped; the virtual users are removed.</source>
        <translation>停止しました。仮想ユーザーは削除されました。</translation>
    </message>
    <message>
        <source>Stopping</source>
        <translation>停止しています</translation>
    </message>
    <message>
        <source>Strip of time</source>
        <translation>時間の帯</translation>
    </message>
    <message>
        <source>Strong</source>
        <translation>強い</translation>
    </message>
    <message>
        <source>Switch on</source>
        <translation>オンにする</translation>
    </message>
    <message>
        <source>TCP port for HTTP and WebSocket. 0 takes any free one.</source>
        <translation>HTTP と WebSocket の TCP ポート。0 は空いているポート。</translation>
    </message>
    <message>
        <source>Take clients again</source>
        <translation>クライアントを再び受け入れる</translation>
    </message>
    <message>
        <source>Take down</source>
        <translation>下ろす</translation>
    </message>
    <message>
        <source>Take the mark away</source>
        <translation>印を外す</translation>
    </message>
    <message>
        <source>Takes effect at once · default off</source>
        <translation>すぐ有効 · 既定オフ</translation>
    </message>
    <message>
        <source>Takes effect at once.</source>
        <translation>すぐに有効になります。</translation>
    </message>
    <message>
        <source>Takes effect at once. Nobody is disconnected.</source>
        <translation>すぐ有効になります。誰も切断されません。</translation>
    </message>
    <message>
        <source>Tell of newcomers</source>
        <translation>新規の人を通知</translation>
    </message>
    <message>
        <source>Tell of refused logins</source>
        <translation>拒否したログインを通知</translation>
    </message>
    <message>
        <source>Tell of the first client</source>
        <translation>最初のクライアントを通知</translation>
    </message>
    <message>
        <source>Templates</source>
        <translation>テンプレート</translation>
    </message>
    <message>
        <source>Terms side by side must all hold: leave out “&amp;&amp;”.</source>
        <translation>並べた条件はすべて満たす必要があります。「&amp;&amp;」を省いてください。</translation>
    </message>
    <message>
        <source>Terms side by side must all hold: leave out “&amp;”.</source>
        <translation>並べた条件はすべて満たす必要があります。「&amp;」を省いてください。</translation>
    </message>
    <message>
        <source>Terms side by side must all hold: leave out “and”, or quote it to search for the word.</source>
        <translation>並べた条件はすべて満たす必要があります。「and」を省くか、単語として検索するには引用符で囲んでください。</translation>
    </message>
    <message>
        <source>Test user {name}</source>
        <translation>テストユーザー {name}</translation>
    </message>
    <message>
        <source>That did not work because of a mistake in this program. The log has the details.</source>
        <translation>このプログラムの不具合により実行できませんでした。詳細はログにあります。</translation>
    </message>
    <message>
        <source>The JSON {what}.</source>
        <translation>JSON が{what}。</translation>
    </message>
    <message>
        <source>The Live page tells more.</source>
        <translation>詳しくはライブページへ。</translation>
    </message>
    <message>
        <source>The account &apos;{name}&apos; was changed meanwhile (by: unknown).</source>
        <translation>アカウント &apos;{name}&apos; はその間に変更されました (変更者: 不明)。</translation>
    </message>
    <message>
        <source>The account &apos;{name}&apos; was changed meanwhile (by: {by}).</source>
        <translation>アカウント &apos;{name}&apos; はその間に変更されました (変更者: {by})。</translation>
    </message>
    <message>
        <source>The account &apos;{username}&apos; is disabled.</source>
        <translation>アカウント &apos;{username}&apos; は無効です。</translation>
    </message>
    <message>
        <source>The account &apos;{username}&apos;.</source>
        <translation>アカウント &apos;{username}&apos;。</translation>
    </message>
    <message>
        <source>The account does not exist or was deleted.</source>
        <translation>アカウントは存在しないか、削除されました。</translation>
    </message>
    <message>
        <source>The account of this token is disabled.</source>
        <translation>このトークンのアカウントは無効です。</translation>
    </message>
    <message>
        <source>The account of this token no longer exists.</source>
        <translation>このトークンのアカウントはもうありません。</translation>
    </message>
    <message>
        <source>The account was deleted: make it anew, or let the client log in as somebody else.</source>
        <translation>アカウントは削除されました。作り直すか、クライアントを別の人としてログインさせてください。</translation>
    </message>
    <message>
        <source>The accounts database is closed.</source>
        <translation>アカウントのデータベースは閉じられています。</translation>
    </message>
    <message>
        <source>The ban would be over already.</source>
        <translation>その禁止はすでに終わる時刻です。</translation>
    </message>
    <message>
        <source>The bans cannot be saved to {file} ({strerror}).</source>
        <translation>禁止を {file} に保存できません ({strerror})。</translation>
    </message>
    <message>
        <source>The bans in {file} are gone.</source>
        <translation>{file} の禁止がなくなりました。</translation>
    </message>
    <message>
        <source>The bans in {file} cannot be read ({strerror}).</source>
        <translation>{file} の禁止を読めません ({strerror})。</translation>
    </message>
    <message>
        <source>The bans in {file} cannot be understood: the file is damaged or of a newer version of this program.</source>
        <translation>{file} の禁止を理解できません。ファイルが壊れているか、このプログラムの新しい版のものです。</translation>
    </message>
    <message>
        <source>The bar above offers what can be done, such as another port.</source>
        <translation>上のバーに、別のポートなどできることが示されています。</translation>
    </message>
    <message>
        <source>The certificate cannot be kept in {folder} ({strerror}).</source>
        <translation>証明書を {folder} に保管できません ({strerror})。</translation>
    </message>
    <message>
        <source>The certificate does not hold {names}.</source>
        <translation>証明書に {names} が含まれていません。</translation>
    </message>
    <message>
        <source>The certificate does not hold {names}: its authority was made for other addresses.</source>
        <translation>証明書に {names} が含まれていません。認証局が他のアドレス用に作られたためです。</translation>
    </message>
    <message>
        <source>The certificate expired on {not_after}: browsers refuse it.</source>
        <translation>証明書は {not_after} に期限が切れました。ブラウザーは拒否します。</translation>
    </message>
    <message>
        <source>The certificate {file} expired on {not_valid_after_utc}.</source>
        <translation>証明書 {file} は {not_valid_after_utc} に期限が切れました。</translation>
    </message>
    <message>
        <source>The certificate {file} is not valid before {begin}.</source>
        <translation>証明書 {file} は {begin} より前は有効ではありません。</translation>
    </message>
    <message>
        <source>The chosen account</source>
        <translation>選択したアカウント</translation>
    </message>
    <message>
        <source>The chosen line</source>
        <translation>選択した行</translation>
    </message>
    <message>
        <source>The chosen value</source>
        <translation>選択した値</translation>
    </message>
    <message>
        <source>The client can wait as long as the error says.</source>
        <translation>クライアントはエラーが示す時間だけ待てます。</translation>
    </message>
    <message>
        <source>The client has a token of another server: let it log in here.</source>
        <translation>クライアントは別のサーバーのトークンを持っています。ここでログインさせてください。</translation>
    </message>
    <message>
        <source>The client sends something else than the token that the login returned.</source>
        <translation>クライアントはログインが返したトークンと違うものを送っています。</translation>
    </message>
    <message>
        <source>The clocks of the two computers differ: set them by the network.</source>
        <translation>2 台の時計がずれています。ネットワークで合わせてください。</translation>
    </message>
    <message>
        <source>The closing quote is missing.</source>
        <translation>閉じる引用符がありません。</translation>
    </message>
    <message>
        <source>The code has ended. Press it for a new one.</source>
        <translation>コードの期限が切れました。押すと新しくなります。</translation>
    </message>
    <message>
        <source>The connection ended without a goodbye.</source>
        <translation>接続は別れの挨拶なしに終わりました。</translation>
    </message>
    <message>
        <source>The database address is not valid.</source>
        <translation>データベースのアドレスが正しくありません。</translation>
    </message>
    <message>
        <source>The disk is full: make room, then try again.</source>
        <translation>ディスクがいっぱいです。空きを作って、もう一度お試しください。</translation>
    </message>
    <message>
        <source>The driver for &apos;{drivername}&apos; is not installed ({error}).</source>
        <translation>&apos;{drivername}&apos; のドライバーがインストールされていません ({error})。</translation>
    </message>
    <message>
        <source>The expiry must be in the future.</source>
        <translation>期限は未来でなければなりません。</translation>
    </message>
    <message>
        <source>The export was called off; no file was written.</source>
        <translation>書き出しを中止しました。ファイルは作られていません。</translation>
    </message>
    <message>
        <source>The file {file} cannot be read ({error}).</source>
        <translation>ファイル {file} を読めません ({error})。</translation>
    </message>
    <message>
        <source>The file {file} cannot be read ({strerror}).</source>
        <translation>ファイル {file} を読めません ({strerror})。</translation>
    </message>
    <message>
        <source>The file {file} cannot be used ({error}).</source>
        <translation>ファイル {file} を使えません ({error})。</translation>
    </message>
    <message>
        <source>The file {file} cannot be used ({strerror}).</source>
        <translation>ファイル {file} を使えません ({strerror})。</translation>
    </message>
    <message>
        <source>The file {file} cannot grow: the disk is full.</source>
        <translation>ファイル {file} を拡張できません。ディスクがいっぱいです。</translation>
    </message>
    <message>
        <source>The file {file} is damaged or is no history.</source>
        <translation>ファイル {file} は壊れているか、履歴ではありません。</translation>
    </message>
    <message>
        <source>The file {file} is locked by another program.</source>
        <translation>ファイル {file} は別のプログラムがロックしています。</translation>
    </message>
    <message>
        <source>The file {file} is not a certificate in PEM format.</source>
        <translation>ファイル {file} は PEM 形式の証明書ではありません。</translation>
    </message>
    <message>
        <source>The file {file} is not a key in PEM format.</source>
        <translation>ファイル {file} は PEM 形式の鍵ではありません。</translation>
    </message>
    <message>
        <source>The file {file} is read-only.</source>
        <translation>ファイル {file} は読み取り専用です。</translation>
    </message>
    <message>
        <source>The file {file} was deleted or moved away.</source>
        <translation>ファイル {file} は削除または移動されました。</translation>
    </message>
    <message>
        <source>The file {file} was replaced by another program.</source>
        <translation>ファイル {file} は別のプログラムに置き換えられました。</translation>
    </message>
    <message>
        <source>The file {file} was written by a newer version of this program.</source>
        <translation>ファイル {file} はこのプログラムの新しい版で書かれました。</translation>
    </message>
    <message>
        <source>The file {key_file} is not a key in PEM format.</source>
        <translation>ファイル {key_file} は PEM 形式の鍵ではありません。</translation>
    </message>
    <message>
        <source>The firewall ufw blocks port {port}: no rule allows it.</source>
        <translation>ファイアウォール ufw がポート {port} をブロックしています。許可する規則がありません。</translation>
    </message>
    <message>
        <source>The firewall ufw is on; only root may read its rules.</source>
        <translation>ファイアウォール ufw が有効です。規則は root だけが読めます。</translation>
    </message>
    <message>
        <source>The firewall ufw lets everything through.</source>
        <translation>ファイアウォール ufw はすべてを通します。</translation>
    </message>
    <message>
        <source>The firewall ufw lets port {port} through.</source>
        <translation>ファイアウォール ufw はポート {port} を通します。</translation>
    </message>
    <message>
        <source>The hash has the cost {value}; it may be from {min_foreign_cost} to {max_foreign_cost}.</source>
        <translation>ハッシュのコストは {value} です。{min_foreign_cost} から {max_foreign_cost} まで使えます。</translation>
    </message>
    <message>
        <source>The hash is not bcrypt&apos;s ($2a$, $2b$ or $2y$).</source>
        <translation>ハッシュが bcrypt ($2a$、$2b$、$2y$) ではありません。</translation>
    </message>
    <message>
        <source>The header Allow of the answer has the methods.</source>
        <translation>応答のヘッダー Allow に使えるメソッドがあります。</translation>
    </message>
    <message>
        <source>The header has no algorithm, or the claims are no object.</source>
        <translation>ヘッダーにアルゴリズムがないか、クレームがオブジェクトではありません。</translation>
    </message>
    <message>
        <source>The history is off. Give it a size in the settings, group Traffic: History file.</source>
        <translation>履歴はオフです。設定の「通信: 履歴ファイル」で大きさを指定してください。</translation>
    </message>
    <message>
        <source>The history stopped; the server goes on. {reason}</source>
        <translation>履歴が止まりました。サーバーは続きます。{reason}</translation>
    </message>
    <message>
        <source>The host can allow this origin.</source>
        <translation>ホストがこのオリジンを許可できます。</translation>
    </message>
    <message>
        <source>The host comes from {host}, the port from {port}.</source>
        <translation>ホストは {host}、ポートは {port} によるものです。</translation>
    </message>
    <message>
        <source>The host has banned this account.</source>
        <translation>ホストがこのアカウントを禁止しました。</translation>
    </message>
    <message>
        <source>The kept messages are closed.</source>
        <translation>保存されたメッセージは閉じられています。</translation>
    </message>
    <message>
        <source>The kept messages cannot be used because of a mistake in the program.</source>
        <translation>プログラムの誤りのため、保存されたメッセージを使えません。</translation>
    </message>
    <message>
        <source>The key {key_file} does not belong to {certificate_file}.</source>
        <translation>鍵 {key_file} は {certificate_file} のものではありません。</translation>
    </message>
    <message>
        <source>The key {key_file} has a password.</source>
        <translation>鍵 {key_file} にパスワードがかかっています。</translation>
    </message>
    <message>
        <source>The keys of your backend&apos;s tokens cannot be had: {what}.</source>
        <translation>バックエンドのトークンの鍵を取得できません: {what}。</translation>
    </message>
    <message>
        <source>The keys on the way to a value, as in the filter; a number is a place in a list.</source>
        <translation>値に至るキーを、フィルターと同じ書き方で。数字はリスト内の位置です。</translation>
    </message>
    <message>
        <source>The life of a token must be from 1 to {max_token_life_s} s.</source>
        <translation>トークンの有効期間は 1 から {max_token_life_s} 秒でなければなりません。</translation>
    </message>
    <message>
        <source>The list begins like JSON and is none.</source>
        <translation>リストは JSON のように始まりますが、JSON ではありません。</translation>
    </message>
    <message>
        <source>The list has more than {max_lines} names.</source>
        <translation>リストの名前が {max_lines} を超えています。</translation>
    </message>
    <message>
        <source>The list has no names.</source>
        <translation>リストに名前がありません。</translation>
    </message>
    <message>
        <source>The list is JSON, but no list of objects with a name each.</source>
        <translation>リストは JSON ですが、それぞれ名前を持つオブジェクトの配列ではありません。</translation>
    </message>
    <message>
        <source>The list is not text in UTF-8.</source>
        <translation>リストが UTF-8 のテキストではありません。</translation>
    </message>
    <message>
        <source>The list is over 64 MiB.</source>
        <translation>リストが 64 MiB を超えています。</translation>
    </message>
    <message>
        <source>The macOS firewall blocks all incoming connections.</source>
        <translation>macOS のファイアウォールがすべての着信接続をブロックしています。</translation>
    </message>
    <message>
        <source>The macOS firewall blocks this program.</source>
        <translation>macOS のファイアウォールがこのプログラムをブロックしています。</translation>
    </message>
    <message>
        <source>The macOS firewall could not be read.</source>
        <translation>macOS のファイアウォールを読み取れませんでした。</translation>
    </message>
    <message>
        <source>The macOS firewall is off: it lets everything in.</source>
        <translation>macOS のファイアウォールはオフで、すべてを通します。</translation>
    </message>
    <message>
        <source>The macOS firewall is on and asks for new programs: choose Allow, or {macos_clicks}.</source>
        <translation>macOS のファイアウォールがオンで、新しいプログラムについて確認します。「許可」を選ぶか、{macos_clicks}。</translation>
    </message>
    <message>
        <source>The macOS firewall lets this program in.</source>
        <translation>macOS のファイアウォールはこのプログラムを通します。</translation>
    </message>
    <message>
        <source>The message could not be kept, so nobody got it.</source>
        <translation>メッセージを保存できなかったため、誰にも届きませんでした。</translation>
    </message>
    <message>
        <source>The messages cannot be read just now.</source>
        <translation>今はメッセージを読めません。</translation>
    </message>
    <message>
        <source>The messages kept for people who were away; not the traffic and its history</source>
        <translation>不在者のために保存されたメッセージ。通信とその履歴は別です</translation>
    </message>
    <message>
        <source>The name stands in line {first} already.</source>
        <translation>その名前は {first} 行目にすでにあります。</translation>
    </message>
    <message>
        <source>The nearest counts: of a connection, else of its user, else of everyone.</source>
        <translation>最も近いものが優先: 接続、なければユーザー、なければ全員。</translation>
    </message>
    <message>
        <source>The new name is the one to log in with.</source>
        <translation>ログインには新しい名前を使います。</translation>
    </message>
    <message>
        <source>The new password</source>
        <translation>新しいパスワード</translation>
    </message>
    <message>
        <source>The new passwords appear here.</source>
        <translation>新しいパスワードがここに表示されます。</translation>
    </message>
    <message>
        <source>The new secret</source>
        <translation>新しい秘密鍵</translation>
    </message>
    <message>
        <source>The newest are stored, so that who was away gets what it missed; 0: none.</source>
        <translation>不在者が後で受け取れるよう最新のものを保存します。0: なし。</translation>
    </message>
    <message>
        <source>The newest rows are kept, older ones are dropped.</source>
        <translation>最新の行を残し、古い行は消えます。</translation>
    </message>
    <message>
        <source>The newest {count} messages are kept for {days} days, who comes late sees all of them, and guests come in by name alone.</source>
        <translation>最新 {count} 件を {days} 日間保存し、後から来た人にもすべて見え、ゲストは名前だけで入れます。</translation>
    </message>
    <message>
        <source>The number of uses must be from 1 to {max_invite_uses}.</source>
        <translation>使用回数は 1 から {max_invite_uses} でなければなりません。</translation>
    </message>
    <message>
        <source>The one that Copy, links and the QR code give out, if it is there. Empty: the likeliest.</source>
        <translation>コピー、リンク、QR コードで使うアドレス (存在する場合)。空: 最も確からしいもの。</translation>
    </message>
    <message>
        <source>The other node is away: the bar above says since when.</source>
        <translation>相手のノードが不在です。いつからかは上のバーにあります。</translation>
    </message>
    <message>
        <source>The password</source>
        <translation>パスワード</translation>
    </message>
    <message>
        <source>The password for {name} is wrong.</source>
        <translation>{name} のパスワードが違います。</translation>
    </message>
    <message>
        <source>The password is one of the most common ones.</source>
        <translation>パスワードは最もよく使われるものの 1 つです。</translation>
    </message>
    <message>
        <source>The password is the name.</source>
        <translation>パスワードが名前と同じです。</translation>
    </message>
    <message>
        <source>The password repeats a few characters.</source>
        <translation>パスワードが少数の文字の繰り返しです。</translation>
    </message>
    <message>
        <source>The payload was cut at {size}; this is its beginning.</source>
        <translation>ペイロードは {size} で切られています。これは先頭です。</translation>
    </message>
    <message>
        <source>The program breaks the rules of WebSocket: let a library speak it.</source>
        <translation>プログラムが WebSocket の規則に反しています。ライブラリに任せてください。</translation>
    </message>
    <message>
        <source>The program logs in, and sends the token in the header Authorization.</source>
        <translation>プログラムがログインし、ヘッダー Authorization でトークンを送ります。</translation>
    </message>
    <message>
        <source>The program says Content-Type: application/json.</source>
        <translation>プログラムが Content-Type: application/json を指定します。</translation>
    </message>
    <message>
        <source>The program sends another body: the answer names the field.</source>
        <translation>プログラムが別の本文を送ります。フィールドは応答に示されています。</translation>
    </message>
    <message>
        <source>The program sends before it has the “authentication” frame: wait for it, then send.</source>
        <translation>プログラムが「authentication」フレームを受け取る前に送っています。待ってから送ってください。</translation>
    </message>
    <message>
        <source>The program sends text that is no UTF-8: let a library encode it.</source>
        <translation>プログラムが UTF-8 でないテキストを送っています。ライブラリに符号化させてください。</translation>
    </message>
    <message>
        <source>The program tries again after Retry-After; the log says what is away.</source>
        <translation>プログラムは Retry-After の後に再試行します。何が不在かはログにあります。</translation>
    </message>
    <message>
        <source>The recipient has to log in and fetch what waits.</source>
        <translation>受信者がログインして、待っているものを受け取る必要があります。</translation>
    </message>
    <message>
        <source>The recipient is connected to another server, which cannot be reached now.</source>
        <translation>受信者は別のサーバーに接続していますが、今はそこに到達できません。</translation>
    </message>
    <message>
        <source>The regular expression is wrong ({reason}).</source>
        <translation>正規表現が正しくありません ({reason})。</translation>
    </message>
    <message>
        <source>The regular expression is wrong: {reason}.</source>
        <translation>正規表現が正しくありません: {reason}。</translation>
    </message>
    <message>
        <source>The request is deleted with its password. The name is free again.</source>
        <translation>申請はパスワードごと削除されます。名前は再び使えます。</translation>
    </message>
    <message>
        <source>The role &apos;{value}&apos; is unknown.</source>
        <translation>ロール &apos;{value}&apos; は不明です。</translation>
    </message>
    <message>
        <source>The role must be &apos;host&apos; or &apos;member&apos;.</source>
        <translation>ロールは &apos;host&apos; または &apos;member&apos; でなければなりません。</translation>
    </message>
    <message>
        <source>The run before</source>
        <translation>その前の実行</translation>
    </message>
    <message>
        <source>The search looks at name, role and status.</source>
        <translation>検索の対象は名前、役割、状況です。</translation>
    </message>
    <message>
        <source>The secret contains half a character (a lone surrogate).</source>
        <translation>秘密鍵に文字の半分 (単独のサロゲート) が含まれています。</translation>
    </message>
    <message>
        <source>The secret is a key pair.</source>
        <translation>秘密鍵が鍵ペアです。</translation>
    </message>
    <message>
        <source>The secret is set by JWT_SECRET.</source>
        <translation>秘密鍵は JWT_SECRET で設定されています。</translation>
    </message>
    <message>
        <source>The secret must have at least {min_secret_bytes} bytes.</source>
        <translation>秘密鍵は {min_secret_bytes} バイト以上でなければなりません。</translation>
    </message>
    <message>
        <source>The secret must have at most {value} bytes.</source>
        <translation>秘密鍵は {value} バイト以下でなければなりません。</translation>
    </message>
    <message>
        <source>The secret repeats a few characters.</source>
        <translation>秘密鍵が少数の文字の繰り返しです。</translation>
    </message>
    <message>
        <source>The secret&apos;s file {file} is damaged.</source>
        <translation>秘密鍵のファイル {file} が壊れています。</translation>
    </message>
    <message>
        <source>The secret&apos;s file {file} is gone.</source>
        <translation>秘密鍵のファイル {file} がなくなりました。</translation>
    </message>
    <message>
        <source>The secret&apos;s file {file} was written by a newer version of this program.</source>
        <translation>秘密鍵のファイル {file} はこのプログラムの新しい版で書かれました。</translation>
    </message>
    <message>
        <source>The server has no room for more connections.</source>
        <translation>サーバーにこれ以上の接続の余裕がありません。</translation>
    </message>
    <message>
        <source>The server is busy with other logins.</source>
        <translation>サーバーは他のログインで混み合っています。</translation>
    </message>
    <message>
        <source>The server is not running</source>
        <translation>サーバーは動いていません</translation>
    </message>
    <message>
        <source>The server is not running.</source>
        <translation>サーバーは動いていません。</translation>
    </message>
    <message>
        <source>The server is not running. Press Start.</source>
        <translation>サーバーは動いていません。「開始」を押してください。</translation>
    </message>
    <message>
        <source>The server is stopped. Start it before you run a snippet.</source>
        <translation>サーバーは停止しています。スニペットを実行する前に開始してください。</translation>
    </message>
    <message>
        <source>The server listens anew, which disconnects {clients}. They can connect again at once.</source>
        <translation>待ち受けし直すため {clients} が切断されます。すぐ再接続できます。</translation>
    </message>
    <message>
        <source>The session is live.</source>
        <translation>セッションは有効です。</translation>
    </message>
    <message>
        <source>The session was ended: revoked or logged out.</source>
        <translation>セッションは終了しました: 取り消しまたはログアウト。</translation>
    </message>
    <message>
        <source>The settings cannot be saved to {file} ({strerror}).</source>
        <translation>設定を {file} に保存できません ({strerror})。</translation>
    </message>
    <message>
        <source>The settings cannot be saved.</source>
        <translation>設定を保存できません。</translation>
    </message>
    <message>
        <source>The settings file {file} cannot be read ({error}).</source>
        <translation>設定ファイル {file} を読めません ({error})。</translation>
    </message>
    <message>
        <source>The settings file {file} cannot be read ({strerror}).</source>
        <translation>設定ファイル {file} を読めません ({strerror})。</translation>
    </message>
    <message>
        <source>The settings file {file} has an unknown key &apos;{group}&apos;.</source>
        <translation>設定ファイル {file} に不明なキー &apos;{group}&apos; があります。</translation>
    </message>
    <message>
        <source>The settings file {file} has an unknown key &apos;{group}.{name}&apos;.</source>
        <translation>設定ファイル {file} に不明なキー &apos;{group}.{name}&apos; があります。</translation>
    </message>
    <message>
        <source>The settings file {file} is gone.</source>
        <translation>設定ファイル {file} がなくなりました。</translation>
    </message>
    <message>
        <source>The settings file {file} is not valid TOML ({error}).</source>
        <translation>設定ファイル {file} は正しい TOML ではありません ({error})。</translation>
    </message>
    <message>
        <source>The settings file {file} was changed by another program.</source>
        <translation>設定ファイル {file} は別のプログラムに変更されました。</translation>
    </message>
    <message>
        <source>The settings file {file} was written by a newer version of this program (format {version}, known is {settings_version}).</source>
        <translation>設定ファイル {file} はこのプログラムの新しい版で書かれました (形式 {version}、対応は {settings_version})。</translation>
    </message>
    <message>
        <source>The settings stay as they are until this program ends.</source>
        <translation>設定はこのプログラムが終了するまでそのままです。</translation>
    </message>
    <message>
        <source>The system lets this program open {open_files} files, which is enough for {allowed} of {wanted} connections.</source>
        <translation>システムはこのプログラムに {open_files} 個のファイルを開かせます。これは {wanted} 接続のうち {allowed} に足ります。</translation>
    </message>
    <message>
        <source>The tabs below have what was asked and answered; docs/protocol.md lists every code.</source>
        <translation>問い合わせと応答は下のタブにあります。すべてのコードは docs/protocol.md にあります。</translation>
    </message>
    <message>
        <source>The test cannot be written ({why}).</source>
        <translation>テストを書けません ({why})。</translation>
    </message>
    <message>
        <source>The time is no number.</source>
        <translation>時刻が数値ではありません。</translation>
    </message>
    <message>
        <source>The time of expiry is missing or no number.</source>
        <translation>期限の時刻がないか、数値ではありません。</translation>
    </message>
    <message>
        <source>The token has expired.</source>
        <translation>トークンの期限が切れています。</translation>
    </message>
    <message>
        <source>The token is meant for another service.</source>
        <translation>トークンは別のサービス向けです。</translation>
    </message>
    <message>
        <source>The token is not a valid JSON Web Token.</source>
        <translation>トークンが正しい JSON Web Token ではありません。</translation>
    </message>
    <message>
        <source>The token is not valid yet.</source>
        <translation>トークンはまだ有効ではありません。</translation>
    </message>
    <message>
        <source>The token names no user.</source>
        <translation>トークンにユーザーがありません。</translation>
    </message>
    <message>
        <source>The token or password in this frame was not kept</source>
        <translation>このフレームのトークンまたはパスワードは保存されていません</translation>
    </message>
    <message>
        <source>The token was issued by another server.</source>
        <translation>トークンは別のサーバーが発行しました。</translation>
    </message>
    <message>
        <source>The token was not signed by this server.</source>
        <translation>トークンはこのサーバーが署名したものではありません。</translation>
    </message>
    <message>
        <source>The token was revoked.</source>
        <translation>トークンは取り消されました。</translation>
    </message>
    <message>
        <source>The token&apos;s id is no text.</source>
        <translation>トークンの ID がテキストではありません。</translation>
    </message>
    <message>
        <source>The traffic cannot be written to {file} ({strerror}).</source>
        <translation>通信を {file} に書き込めません ({strerror})。</translation>
    </message>
    <message>
        <source>The user id is missing or no text.</source>
        <translation>ユーザー ID がないか、テキストではありません。</translation>
    </message>
    <message>
        <source>The username &apos;{name}&apos; is reserved for the server.</source>
        <translation>ユーザー名 &apos;{name}&apos; はサーバー用に予約されています。</translation>
    </message>
    <message>
        <source>The username &apos;{username}&apos; is taken.</source>
        <translation>ユーザー名 &apos;{username}&apos; は使われています。</translation>
    </message>
    <message>
        <source>The username has a blank at its start or end, or two beside each other.</source>
        <translation>ユーザー名の先頭か末尾に空白があるか、空白が 2 つ続いています。</translation>
    </message>
    <message>
        <source>The username has a combining mark that does not belong to a letter, or more than {max_marks_per_letter} on one letter.</source>
        <translation>ユーザー名に文字に付かない結合記号があるか、1 文字に {max_marks_per_letter} を超える結合記号があります。</translation>
    </message>
    <message>
        <source>The username has the invisible joiner U+{value} where it joins nothing.</source>
        <translation>ユーザー名に、何もつながない位置の見えない結合文字 U+{value} があります。</translation>
    </message>
    <message>
        <source>The username mixes digits of different scripts.</source>
        <translation>ユーザー名に異なる文字体系の数字が混ざっています。</translation>
    </message>
    <message>
        <source>The username mixes letters of {listed}, which can look alike.</source>
        <translation>ユーザー名に、似て見えることのある {listed} の文字が混ざっています。</translation>
    </message>
    <message>
        <source>The username must consist of letters, digits, single blanks and . _ - @ + &apos; but has {character}.</source>
        <translation>ユーザー名に使えるのは文字、数字、単独の空白、. _ - @ + &apos; ですが、{character} が含まれています。</translation>
    </message>
    <message>
        <source>The username must have {username_min_letters} to {username_max_chars} characters.</source>
        <translation>ユーザー名は {username_min_letters} から {username_max_chars} 文字でなければなりません。</translation>
    </message>
    <message>
        <source>The version in the settings file {file} is no number.</source>
        <translation>設定ファイル {file} の版が数値ではありません。</translation>
    </message>
    <message>
        <source>The window is built anew when it changes. The web client has its own, under Room.</source>
        <translation>変更するとウィンドウを作り直します。Web クライアントの言語は「ルーム」にあります。</translation>
    </message>
    <message>
        <source>The window needs a screen.</source>
        <translation>ウィンドウには画面が必要です。</translation>
    </message>
    <message>
        <source>The window speaks the other language from the next start on: something is still open.</source>
        <translation>まだ何か開いているため、次回の起動からその言語になります。</translation>
    </message>
    <message>
        <source>Their process was ended from outside.</source>
        <translation>プロセスが外部から終了されました。</translation>
    </message>
    <message>
        <source>Then connected</source>
        <translation>その時の接続</translation>
    </message>
    <message>
        <source>There are no two runs to compare: rows of at least two starts are needed.</source>
        <translation>比較する 2 回の実行がありません。少なくとも 2 回の開始の行が必要です。</translation>
    </message>
    <message>
        <source>There are too many connections from your address.</source>
        <translation>お使いのアドレスからの接続が多すぎます。</translation>
    </message>
    <message>
        <source>There are too many guests already.</source>
        <translation>ゲストがすでに多すぎます。</translation>
    </message>
    <message>
        <source>There are {max_invites} invitations already.</source>
        <translation>招待がすでに {max_invites} 件あります。</translation>
    </message>
    <message>
        <source>There is no account of this name.</source>
        <translation>この名前のアカウントはありません。</translation>
    </message>
    <message>
        <source>There is no account “{name}”.</source>
        <translation>アカウント「{name}」はありません。</translation>
    </message>
    <message>
        <source>There is no field “{name}:”.</source>
        <translation>フィールド「{name}:」はありません。</translation>
    </message>
    <message>
        <source>There is no home folder to keep files in: HOME is not set, and the system knows none for this user.</source>
        <translation>ファイルを置くホームフォルダーがありません。HOME が設定されておらず、システムにもこのユーザーのものがありません。</translation>
    </message>
    <message>
        <source>There is no screen: neither DISPLAY nor WAYLAND_DISPLAY is set.</source>
        <translation>画面がありません。DISPLAY も WAYLAND_DISPLAY も設定されていません。</translation>
    </message>
    <message>
        <source>There is no screen: nothing answers at {where}.</source>
        <translation>画面がありません。{where} で応答がありません。</translation>
    </message>
    <message>
        <source>There is no user or connection “{name}”.</source>
        <translation>「{name}」というユーザーや接続はありません。</translation>
    </message>
    <message>
        <source>There is nothing left to do here.</source>
        <translation>ここで行うことはもうありません。</translation>
    </message>
    <message>
        <source>These changes disconnect {clients}. They can connect again at the new address.</source>
        <translation>この変更で {clients} が切断されます。新しいアドレスで再接続できます。</translation>
    </message>
    <message>
        <source>These rows made room for newer ones.</source>
        <translation>これらの行は新しい行のために消えました。</translation>
    </message>
    <message>
        <source>They can connect again after a pause. Ban or disable the account to keep them out.</source>
        <translation>しばらくして再接続できます。締め出すにはアカウントを禁止または無効にしてください。</translation>
    </message>
    <message>
        <source>They can connect again at once; a ban keeps people out.</source>
        <translation>すぐに接続し直せます。入れないようにするには禁止してください。</translation>
    </message>
    <message>
        <source>They can log in again with their password.</source>
        <translation>自分のパスワードで再びログインできます。</translation>
    </message>
    <message>
        <source>They choose another name, or log in with this one.</source>
        <translation>別の名前を選ぶか、この名前でログインしてもらってください。</translation>
    </message>
    <message>
        <source>They may try again now.</source>
        <translation>今すぐ再試行できます。</translation>
    </message>
    <message>
        <source>They stay in force until this program ends.</source>
        <translation>このプログラムが終了するまで有効です。</translation>
    </message>
    <message>
        <source>This account does not exist; it may have been deleted meanwhile.</source>
        <translation>このアカウントは存在しません。その間に削除された可能性があります。</translation>
    </message>
    <message>
        <source>This account is disabled.</source>
        <translation>このアカウントは無効です。</translation>
    </message>
    <message>
        <source>This account is gone by now.</source>
        <translation>このアカウントはもうありません。</translation>
    </message>
    <message>
        <source>This account no longer exists.</source>
        <translation>このアカウントはもうありません。</translation>
    </message>
    <message>
        <source>This account waits for the host&apos;s approval.</source>
        <translation>このアカウントはホストの承認を待っています。</translation>
    </message>
    <message>
        <source>This account was deleted meanwhile.</source>
        <translation>このアカウントはその間に削除されました。</translation>
    </message>
    <message>
        <source>This address works on this computer only.</source>
        <translation>このアドレスはこのコンピューターでのみ使えます。</translation>
    </message>
    <message>
        <source>This cannot be undone. Afterwards anybody may take the name.</source>
        <translation>元に戻せません。その後は誰でもこの名前を使えます。</translation>
    </message>
    <message>
        <source>This character cannot be sent as UTF-8.</source>
        <translation>この文字は UTF-8 で送れません。</translation>
    </message>
    <message>
        <source>This client sends more than {rate} messages a second; the frame was dropped.</source>
        <translation>このクライアントは毎秒 {rate} 件を超えるメッセージを送っています。フレームは破棄されました。</translation>
    </message>
    <message>
        <source>This computer</source>
        <translation>このコンピューター</translation>
    </message>
    <message>
        <source>This computer  ·  only programs on it</source>
        <translation>このコンピューター  ·  ここのプログラムのみ</translation>
    </message>
    <message>
        <source>This computer itself cannot be banned</source>
        <translation>このコンピューター自身は禁止できません</translation>
    </message>
    <message>
        <source>This connection is gone or not logged in, so nothing was sent.</source>
        <translation>この接続はなくなったかログインしていないため、何も送信しませんでした。</translation>
    </message>
    <message>
        <source>This connection is gone, so nothing was sent in its name.</source>
        <translation>この接続はなくなったため、その名前では何も送信しませんでした。</translation>
    </message>
    <message>
        <source>This disconnects {clients} over {seconds} s; they come back to the other nodes. {node} gets no newcomers from the balancer until you let it.</source>
        <translation>{clients}を {seconds} 秒かけて切断します。他のノードに戻ります。許可するまで、ロードバランサーは {node} に新しい人を送りません。</translation>
    </message>
    <message>
        <source>This disconnects {clients}. They can connect again when it runs.</source>
        <translation>{clients} が切断されます。動作後に再接続できます。</translation>
    </message>
    <message>
        <source>This invitation {why}.</source>
        <translation>この招待は{why}。</translation>
    </message>
    <message>
        <source>This is a mistake of the server: the log has more.</source>
        <translation>サーバーの誤りです。詳しくはログにあります。</translation>
    </message>
    <message>
        <source>This is nested too deeply to be sent.</source>
        <translation>入れ子が深すぎて送れません。</translation>
    </message>
    <message>
        <source>This is {file}: {rows}, read-only.</source>
        <translation>これは {file}: {rows}、読み取り専用。</translation>
    </message>
    <message>
        <source>This message was not sent.</source>
        <translation>このメッセージは送信されませんでした。</translation>
    </message>
    <message>
        <source>This row belongs to no connection</source>
        <translation>この行はどの接続にも属しません</translation>
    </message>
    <message>
        <source>This row is of a file</source>
        <translation>この行はファイルのものです</translation>
    </message>
    <message>
        <source>This run</source>
        <translation>この実行</translation>
    </message>
    <message>
        <source>This server accepts it; it expires {when}.</source>
        <translation>このサーバーは受け付けます。期限は {when}。</translation>
    </message>
    <message>
        <source>This server does not know the token.</source>
        <translation>このサーバーはこのトークンを知りません。</translation>
    </message>
    <message>
        <source>This server is alone, and needs nothing else. Several that are one: see docs/cluster.md and the cluster&apos;s address on the Settings page.</source>
        <translation>このサーバーは単独で、他に何も必要ありません。複数を 1 つにするには、docs/cluster.md と「設定」ページのクラスターのアドレスをご覧ください。</translation>
    </message>
    <message>
        <source>This server is not known as &apos;{host}&apos;.</source>
        <translation>このサーバーは &apos;{host}&apos; としては知られていません。</translation>
    </message>
    <message>
        <source>This server knows no session by this id.</source>
        <translation>このサーバーにこの ID のセッションはありません。</translation>
    </message>
    <message>
        <source>This server refuses it ({reason}). {words}</source>
        <translation>このサーバーは拒否します ({reason})。{words}</translation>
    </message>
    <message>
        <source>This system does not let it: {reason}.</source>
        <translation>システムが許可しません: {reason}。</translation>
    </message>
    <message>
        <source>This system does not let you use port {port}.</source>
        <translation>このシステムではポート {port} を使えません。</translation>
    </message>
    <message>
        <source>Those known before stay in force.</source>
        <translation>以前に分かっていたものが引き続き有効です。</translation>
    </message>
    <message>
        <source>Time</source>
        <translation>時刻</translation>
    </message>
    <message>
        <source>Time order</source>
        <translation>時間順</translation>
    </message>
    <message>
        <source>Title</source>
        <translation>タイトル</translation>
    </message>
    <message>
        <source>To</source>
        <translation>宛先</translation>
    </message>
    <message>
        <source>To allow it: {value}={whole} (Settings, {group}, {label}).</source>
        <translation>許可するには: {value}={whole} (設定、{group}、{label})。</translation>
    </message>
    <message>
        <source>To everyone: everybody, or only you and accounts with the role host. Direct messages go on.</source>
        <translation>全員へ: 誰でも、または自分とホスト役のアカウントだけ。ダイレクトは続けられます。</translation>
    </message>
    <message>
        <source>To keep the settings shown here, move the file away.</source>
        <translation>ここに表示されている設定を保つには、ファイルを移動してください。</translation>
    </message>
    <message>
        <source>To search for a path, quote it.</source>
        <translation>パスを検索するには引用符で囲んでください。</translation>
    </message>
    <message>
        <source>To search for the text, quote it.</source>
        <translation>テキストを検索するには引用符で囲んでください。</translation>
    </message>
    <message>
        <source>To stop it: Activity Monitor, process {pid}, Quit.</source>
        <translation>停止するには: アクティビティモニタ、プロセス {pid}、終了。</translation>
    </message>
    <message>
        <source>To stop it: Task Manager, Details, process {pid}, End task.</source>
        <translation>停止するには: タスク マネージャー、詳細、プロセス {pid}、タスクの終了。</translation>
    </message>
    <message>
        <source>To whom</source>
        <translation>宛先</translation>
    </message>
    <message>
        <source>Today</source>
        <translation>今日</translation>
    </message>
    <message>
        <source>Token</source>
        <translation>トークン</translation>
    </message>
    <message>
        <source>Token and snippets…</source>
        <translation>トークンとスニペット…</translation>
    </message>
    <message>
        <source>Token expired ({code}).</source>
        <translation>トークンの期限が切れました ({code})。</translation>
    </message>
    <message>
        <source>Token for {name}</source>
        <translation>{name} のトークン</translation>
    </message>
    <message>
        <source>Token inspector</source>
        <translation>トークンの検査</translation>
    </message>
    <message>
        <source>Token life</source>
        <translation>トークンの有効期間</translation>
    </message>
    <message>
        <source>Tokens end at once, and logging in is refused until you enable them again.</source>
        <translation>トークンはすぐ無効になり、再び有効にするまでログインは拒否されます。</translation>
    </message>
    <message>
        <source>Tokens go on working until this program ends; at the next start a new secret is made and everyone logs in again.</source>
        <translation>トークンはこのプログラムが終了するまで使えます。次の開始で新しい秘密鍵が作られ、全員がログインし直します。</translation>
    </message>
    <message>
        <source>Tokens of your backend</source>
        <translation>自分のバックエンドのトークン</translation>
    </message>
    <message>
        <source>Tomorrow</source>
        <translation>明日</translation>
    </message>
    <message>
        <source>Too many attempts.</source>
        <translation>試行が多すぎます。</translation>
    </message>
    <message>
        <source>Too many messages are being read just now.</source>
        <translation>今は読み取り中のメッセージが多すぎます。</translation>
    </message>
    <message>
        <source>Too many messages wait for this user already.</source>
        <translation>このユーザー宛てに待つメッセージがすでに多すぎます。</translation>
    </message>
    <message>
        <source>Too many people wait for approval.</source>
        <translation>承認を待つ人が多すぎます。</translation>
    </message>
    <message>
        <source>Traffic</source>
        <translation>通信</translation>
    </message>
    <message>
        <source>Trusted proxies</source>
        <translation>信頼するプロキシ</translation>
    </message>
    <message>
        <source>Try again</source>
        <translation>再試行</translation>
    </message>
    <message>
        <source>Try again in {retry_after_s} s.</source>
        <translation>{retry_after_s} 秒後にもう一度お試しください。</translation>
    </message>
    <message>
        <source>Try again later.</source>
        <translation>後でもう一度お試しください。</translation>
    </message>
    <message>
        <source>Try again.</source>
        <translation>もう一度お試しください。</translation>
    </message>
    <message>
        <source>Try it from another device</source>
        <translation>別の機器から試す</translation>
    </message>
    <message>
        <source>Two runs compared</source>
        <translation>2 回の実行の比較</translation>
    </message>
    <message>
        <source>Type</source>
        <translation>種類</translation>
    </message>
    <message>
        <source>Undo</source>
        <translation>元に戻す</translation>
    </message>
    <message>
        <source>Until</source>
        <translation>期限</translation>
    </message>
    <message>
        <source>Until I lift it</source>
        <translation>解除するまで</translation>
    </message>
    <message>
        <source>Until a time…</source>
        <translation>時刻まで…</translation>
    </message>
    <message>
        <source>Up</source>
        <translation>稼働</translation>
    </message>
    <message>
        <source>Use a random one.</source>
        <translation>ランダムなものを使ってください。</translation>
    </message>
    <message>
        <source>Use its address, or have the host list this name.</source>
        <translation>そのアドレスを使うか、ホストにこの名前を登録してもらってください。</translation>
    </message>
    <message>
        <source>Use localhost, 0.0.0.0 or one adapter&apos;s address.</source>
        <translation>localhost、0.0.0.0、またはアダプターのアドレスを使ってください。</translation>
    </message>
    <message>
        <source>Use one kind.</source>
        <translation>1 種類だけを使ってください。</translation>
    </message>
    <message>
        <source>Use one script.</source>
        <translation>1 つの文字体系を使ってください。</translation>
    </message>
    <message>
        <source>Use one without it.</source>
        <translation>パスワードのないものを使ってください。</translation>
    </message>
    <message>
        <source>Use port {port}</source>
        <translation>ポート {port} を使う</translation>
    </message>
    <message>
        <source>Use the newer program, or choose another data folder.</source>
        <translation>新しい版のプログラムを使うか、別のデータフォルダーを選んでください。</translation>
    </message>
    <message>
        <source>Use the newer program, or move the file away to have a new secret made.</source>
        <translation>新しい版のプログラムを使うか、ファイルを移動して新しい秘密鍵を作らせてください。</translation>
    </message>
    <message>
        <source>Use the newer program, or move the file away.</source>
        <translation>新しい版のプログラムを使うか、ファイルを移動してください。</translation>
    </message>
    <message>
        <source>Use this one</source>
        <translation>これを使う</translation>
    </message>
    <message>
        <source>Used</source>
        <translation>使用済み</translation>
    </message>
    <message>
        <source>User</source>
        <translation>ユーザー</translation>
    </message>
    <message>
        <source>User {name}</source>
        <translation>ユーザー {name}</translation>
    </message>
    <message>
        <source>Username or password is wrong.</source>
        <translation>ユーザー名またはパスワードが違います。</translation>
    </message>
    <message>
        <source>Users as they were</source>
        <translation>その時のユーザー</translation>
    </message>
    <message>
        <source>Users to send to</source>
        <translation>送信先のユーザー</translation>
    </message>
    <message>
        <source>Uses</source>
        <translation>使用回数</translation>
    </message>
    <message>
        <source>Valid for</source>
        <translation>有効期間</translation>
    </message>
    <message>
        <source>Value</source>
        <translation>値</translation>
    </message>
    <message>
        <source>Verdict</source>
        <translation>判定</translation>
    </message>
    <message>
        <source>Version</source>
        <translation>バージョン</translation>
    </message>
    <message>
        <source>Very weak</source>
        <translation>非常に弱い</translation>
    </message>
    <message>
        <source>Wait as long as the answer says, or let them try again now.</source>
        <translation>応答が示す時間だけ待つか、今すぐ再試行できるようにしてください。</translation>
    </message>
    <message>
        <source>Wait as long as the answer says.</source>
        <translation>応答が示す時間だけ待ってください。</translation>
    </message>
    <message>
        <source>Waiting</source>
        <translation>待機</translation>
    </message>
    <message>
        <source>Waiting ({people})</source>
        <translation>待機 ({people})</translation>
    </message>
    <message>
        <source>Waiting for a device. The code holds for {time}.</source>
        <translation>機器を待っています。コードの有効期間は {time}。</translation>
    </message>
    <message>
        <source>Waiting list</source>
        <translation>待機リスト</translation>
    </message>
    <message>
        <source>Waiting list ({people})</source>
        <translation>待機リスト ({people})</translation>
    </message>
    <message>
        <source>Waiting, as they read slowly: {waiting}.</source>
        <translation>読み取りが遅いため待機中: {waiting}。</translation>
    </message>
    <message>
        <source>What hosts do is noted here: start and stop, settings, accounts, bans.</source>
        <translation>ホストの操作が記録されます: 開始と停止、設定、アカウント、禁止。</translation>
    </message>
    <message>
        <source>What is done here is done to all of them.</source>
        <translation>ここでの操作は全員に行われます。</translation>
    </message>
    <message>
        <source>What is long goes by WebSocket.</source>
        <translation>長いものは WebSocket で送ります。</translation>
    </message>
    <message>
        <source>Whom or what</source>
        <translation>誰または何</translation>
    </message>
    <message>
        <source>Words are searched in the content.
user: type: dir: ip: conn: code: to: node: compare a field, with * for any characters
is:error   content.path:value   size&gt;1k   took&gt;100ms   time&gt;20:41   or
/regular expression/   !not this   &quot;several words&quot;
Press / to come here, Return to go back, Escape to show everything.</source>
        <translation>語は内容から探します。
user: type: dir: ip: conn: code: to: node: は項目を比べます。* は任意の文字
is:error   content.path:value   size&gt;1k   took&gt;100ms   time&gt;20:41   or
/正規表現/   !除外   &quot;複数の 語&quot;
/ でここへ、Return で戻り、Escape ですべて表示。</translation>
    </message>
    <message>
        <source>Words of the name, address or app, #12 for a connection, or node:NAME</source>
        <translation>名前・アドレス・アプリの語、接続は #12、または node:名前</translation>
    </message>
    <message>
        <source>Warning</source>
        <translation>警告</translation>
    </message>
    <message>
        <source> a second</source>
        <translation> 毎秒</translation>
    </message>
    <message>
        <source> bytes</source>
        <translation> バイト</translation>
    </message>
    <message>
        <source> bytes/s</source>
        <translation> バイト/秒</translation>
    </message>
    <message>
        <source>&amp;Faults…</source>
        <translation>障害(&amp;F)…</translation>
    </message>
    <message>
        <source>99 % within</source>
        <translation>99 % の範囲</translation>
    </message>
    <message>
        <source>A message from “server”</source>
        <translation>「server」からのメッセージ</translation>
    </message>
    <message>
        <source>Choose {another}, or stop that program.</source>
        <translation>{another}を選ぶか、そのプログラムを止めてください。</translation>
    </message>
    <message>
        <source>Choose {another}.</source>
        <translation>{another}を選んでください。</translation>
    </message>
    <message>
        <source>The certificate is for {known}: browsers warn at {names}.</source>
        <translation>証明書は {known} 用です。{names} ではブラウザーが警告します。</translation>
    </message>
    <message>
        <source>The client sends it again after “retryAfterMs”; the log says what is away.</source>
        <translation>クライアントは「retryAfterMs」の後に送り直します。何が不在かはログにあります。</translation>
    </message>
    <message>
        <source>The client waits as long as the error says, or you allow everyone {value} a second.</source>
        <translation>クライアントがエラーの示す時間だけ待つか、全員に毎秒 {value} まで許可してください。</translation>
    </message>
    <message>
        <source>The secret&apos;s file {file} cannot be read ({why}).</source>
        <translation>秘密鍵のファイル {file} を読めません ({why})。</translation>
    </message>
    <message>
        <source>The secret&apos;s file {file} cannot be written ({why}).</source>
        <translation>秘密鍵のファイル {file} に書き込めません ({why})。</translation>
    </message>
    <message>
        <source>This frame, as written</source>
        <translation>このフレームを書かれたとおりに</translation>
    </message>
    <message>
        <source>Time that has passed</source>
        <translation>経過時間</translation>
    </message>
    <message>
        <source>To clients only</source>
        <translation>クライアントへのみ</translation>
    </message>
    <message>
        <source>Warnings and errors</source>
        <translation>警告とエラー</translation>
    </message>
    <message>
        <source>Weak</source>
        <translation>弱い</translation>
    </message>
    <message>
        <source>Web pages that may connect, such as https://app.example.org or https://*.example.org; null for pages opened from disk.</source>
        <translation>接続できる Web ページ。例 https://app.example.org、https://*.example.org。ディスクから開いたページは null。</translation>
    </message>
    <message>
        <source>Welcome</source>
        <translation>ようこそ</translation>
    </message>
    <message>
        <source>What</source>
        <translation>内容</translation>
    </message>
    <message>
        <source>What clients make of a bad network. The server itself stays well.</source>
        <translation>悪いネットワークでクライアントがどうなるか。サーバー自体は正常です。</translation>
    </message>
    <message>
        <source>What happened</source>
        <translation>起きたこと</translation>
    </message>
    <message>
        <source>What it says counts from the next start; until then nothing is saved.</source>
        <translation>その内容は次の開始から有効です。それまで何も保存されません。</translation>
    </message>
    <message>
        <source>What passes is also kept in a file of at most this size, across launches; 0: off.</source>
        <translation>通信をこの大きさまでのファイルにも保存し、起動をまたいで残します。0: オフ。</translation>
    </message>
    <message>
        <source>What they say</source>
        <translation>発言内容</translation>
    </message>
    <message>
        <source>What this is, above the web client, such as the class or event.</source>
        <translation>Web クライアントの上部に出る名前。クラスや催しなど。</translation>
    </message>
    <message>
        <source>What this server is for</source>
        <translation>このサーバーの用途</translation>
    </message>
    <message>
        <source>What to send</source>
        <translation>送る内容</translation>
    </message>
    <message>
        <source>What waits for all slow clients together, and likewise what has come of all unfinished messages; beyond it, those who hold most are closed (4008, 1009).</source>
        <translation>遅いクライアント全体の待ち量と、未完のメッセージの受信量。超えると最も多いものから切断されます (4008、1009)。</translation>
    </message>
    <message>
        <source>What was done to accounts, and by whom, is forgotten after so long.</source>
        <translation>アカウントに何を誰が行ったかは、この期間の後に忘れられます。</translation>
    </message>
    <message>
        <source>What was said since they joined</source>
        <translation>参加以降の発言</translation>
    </message>
    <message>
        <source>What you paste is neither kept nor logged, and looking is no use of the token.</source>
        <translation>貼り付けた内容は保存も記録もされず、見ることはトークンの使用になりません。</translation>
    </message>
    <message>
        <source>When Windows asks, choose Allow; or this line in a terminal run as administrator:</source>
        <translation>Windows が確認したら「許可」を選んでください。または管理者として実行した端末で次の行:</translation>
    </message>
    <message>
        <source>Where</source>
        <translation>場所</translation>
    </message>
    <message>
        <source>Which log</source>
        <translation>どのログ</translation>
    </message>
    <message>
        <source>Who</source>
        <translation>誰</translation>
    </message>
    <message>
        <source>Who can reach the server</source>
        <translation>サーバーに届く人</translation>
    </message>
    <message>
        <source>Who may make an account: anyone who reaches the server, whoever has an invitation, whomever you approve, or nobody.</source>
        <translation>アカウントを作れる人: サーバーに届く人、招待のある人、承認した人、または誰も。</translation>
    </message>
    <message>
        <source>Who may write</source>
        <translation>書ける人</translation>
    </message>
    <message>
        <source>Who may write and come in</source>
        <translation>書ける人と入れる人</translation>
    </message>
    <message>
        <source>Who waits</source>
        <translation>待っている人</translation>
    </message>
    <message>
        <source>Whoever opens it can register.</source>
        <translation>開いた人は登録できます。</translation>
    </message>
    <message>
        <source>Whole</source>
        <translation>全体</translation>
    </message>
    <message>
        <source>Whole screen</source>
        <translation>全画面</translation>
    </message>
    <message>
        <source>Whose</source>
        <translation>対象</translation>
    </message>
    <message>
        <source>Why</source>
        <translation>原因</translation>
    </message>
    <message>
        <source>Wi-Fi of the room</source>
        <translation>会場の Wi-Fi</translation>
    </message>
    <message>
        <source>Windows Defender Firewall blocks this program on {name} networks.</source>
        <translation>Windows Defender ファイアウォールが {name} ネットワークでこのプログラムをブロックしています。</translation>
    </message>
    <message>
        <source>Windows Defender Firewall could not be read.</source>
        <translation>Windows Defender ファイアウォールを読み取れませんでした。</translation>
    </message>
    <message>
        <source>Windows Defender Firewall lets this program in.</source>
        <translation>Windows Defender ファイアウォールはこのプログラムを通します。</translation>
    </message>
    <message>
        <source>Windows Security, Firewall &amp; network protection, Allow an app through firewall: tick it.</source>
        <translation>Windows セキュリティ、ファイアウォールとネットワーク保護、ファイアウォールによるアプリケーションの許可: チェックを入れてください。</translation>
    </message>
    <message>
        <source>With clients connected: ask, keep the server running out of sight, or stop it.</source>
        <translation>接続中のとき: たずねる、見えないまま続ける、停止する。</translation>
    </message>
    <message>
        <source>With the account go {at_least}{messages} it wrote or was sent, {waiting} of them still waiting.</source>
        <translation>アカウントとともに、書いたか受け取った{at_least}{messages}が消えます。うち {waiting} 件はまだ待っています。</translation>
    </message>
    <message>
        <source>Within</source>
        <translation>以内</translation>
    </message>
    <message>
        <source>Without one, run the server alone: authws-desktop serve (authws-desktop serve --help shows its options).</source>
        <translation>画面がない場合はサーバーだけを実行してください: authws-desktop serve (authws-desktop serve --help でオプションを表示)。</translation>
    </message>
    <message>
        <source>Write a JSON value, such as {&quot;text&quot;: &quot;hello&quot;}.</source>
        <translation>JSON の値を書いてください。例: {&quot;text&quot;: &quot;hello&quot;}</translation>
    </message>
    <message>
        <source>Write a blank after the quoted text.</source>
        <translation>引用したテキストの後に空白を入れてください。</translation>
    </message>
    <message>
        <source>Write a filter after “or”.</source>
        <translation>「or」の後に条件を書いてください。</translation>
    </message>
    <message>
        <source>Write a filter before “or”, or quote it to search for the word.</source>
        <translation>「or」の前に条件を書くか、単語として検索するには引用符で囲んでください。</translation>
    </message>
    <message>
        <source>Write a number or null.</source>
        <translation>数値または null を書いてください。</translation>
    </message>
    <message>
        <source>Write a value after “{value}:”.</source>
        <translation>「{value}:」の後に値を書いてください。</translation>
    </message>
    <message>
        <source>Write localhost, 0.0.0.0 or one adapter&apos;s address, without http:// and port; not “{value}”.</source>
        <translation>localhost、0.0.0.0、またはアダプターのアドレスを http:// とポートなしで書いてください。「{value}」は使えません。</translation>
    </message>
    <message>
        <source>Write one such as 192.168.1.20.</source>
        <translation>192.168.1.20 のように書いてください。</translation>
    </message>
    <message>
        <source>Write the keys on the way, such as content.text.</source>
        <translation>content.text のように、途中のキーを書いてください。</translation>
    </message>
    <message>
        <source>Write what to leave out after “!”.</source>
        <translation>「!」の後に除外するものを書いてください。</translation>
    </message>
    <message>
        <source>Write “!” before what to leave out, or quote “not” to search for the word.</source>
        <translation>除外するものの前に「!」を書くか、単語として検索するには「not」を引用符で囲んでください。</translation>
    </message>
    <message>
        <source>Write “or” between two filters.</source>
        <translation>2 つの条件の間に「or」を書いてください。</translation>
    </message>
    <message>
        <source>Written to {connections}.</source>
        <translation>{connections} に書きました。</translation>
    </message>
    <message>
        <source>Written to {written} of {connections} within {time}.</source>
        <translation>{connections} 中 {written} に {time} 以内に書きました。</translation>
    </message>
    <message>
        <source>Written to {written} of {receivers} within {took}.</source>
        <translation>{receivers} 中 {written} に {took} 以内に書きました。</translation>
    </message>
    <message>
        <source>Wrote {rows} to {file}, and {test}, which replays them.</source>
        <translation>{rows}を {file} に、再生する {test} も書きました。</translation>
    </message>
    <message>
        <source>Yes, after a new login.</source>
        <translation>はい、ログインし直した後に。</translation>
    </message>
    <message>
        <source>Yes, after a pause.</source>
        <translation>はい、少し待ってから。</translation>
    </message>
    <message>
        <source>Yes, then authenticate.</source>
        <translation>はい、その後認証してください。</translation>
    </message>
    <message>
        <source>Yes, with backoff.</source>
        <translation>はい、間隔を延ばしながら。</translation>
    </message>
    <message>
        <source>Yesterday</source>
        <translation>昨日</translation>
    </message>
    <message>
        <source>accepted</source>
        <translation>承認済み</translation>
    </message>
    <message>
        <source>account</source>
        <translation>アカウント</translation>
    </message>
    <message>
        <source>acknowledged</source>
        <translation>確認済み</translation>
    </message>
    <message>
        <source>active</source>
        <translation>有効</translation>
    </message>
    <message>
        <source>address</source>
        <translation>アドレス</translation>
    </message>
    <message>
        <source>all nodes</source>
        <translation>全ノード</translation>
    </message>
    <message>
        <source>always the same</source>
        <translation>常に同じ</translation>
    </message>
    <message>
        <source>an earlier secret that is still accepted</source>
        <translation>まだ受け入れられている以前の秘密鍵</translation>
    </message>
    <message>
        <source>and {count} more</source>
        <translation>他 {count} 件</translation>
    </message>
    <message>
        <source>another copy of this program ({owner})</source>
        <translation>このプログラムの別のコピー ({owner})</translation>
    </message>
    <message>
        <source>another port</source>
        <translation>別のポート</translation>
    </message>
    <message>
        <source>another program</source>
        <translation>別のプログラム</translation>
    </message>
    <message>
        <source>another program ({owner})</source>
        <translation>別のプログラム ({owner})</translation>
    </message>
    <message>
        <source>any</source>
        <translation>任意</translation>
    </message>
    <message>
        <source>any free port</source>
        <translation>空いているポート</translation>
    </message>
    <message>
        <source>at least </source>
        <translation>少なくとも </translation>
    </message>
    <message>
        <source>away</source>
        <translation>利用不可</translation>
    </message>
    <message>
        <source>binary</source>
        <translation>バイナリー</translation>
    </message>
    <message>
        <source>bytes</source>
        <translation>バイト</translation>
    </message>
    <message>
        <source>cannot be counted now</source>
        <translation>今は数えられません</translation>
    </message>
    <message>
        <source>characters</source>
        <translation>文字</translation>
    </message>
    <message>
        <source>club makes http://club.local:PORT work on most devices nearby. Empty: none.</source>
        <translation>club とすると近くの多くの機器で http://club.local:PORT が使えます。空: なし。</translation>
    </message>
    <message>
        <source>command line</source>
        <translation>コマンドライン</translation>
    </message>
    <message>
        <source>connections</source>
        <translation>接続</translation>
    </message>
    <message>
        <source>days</source>
        <translation>日</translation>
    </message>
    <message>
        <source>default</source>
        <translation>既定値</translation>
    </message>
    <message>
        <source>differs</source>
        <translation>異なる</translation>
    </message>
    <message>
        <source>disabled</source>
        <translation>無効</translation>
    </message>
    <message>
        <source>disabled: cannot log in</source>
        <translation>無効: ログインできません</translation>
    </message>
    <message>
        <source>does not exist or was revoked</source>
        <translation>存在しないか取り消されました</translation>
    </message>
    <message>
        <source>done</source>
        <translation>完了</translation>
    </message>
    <message>
        <source>draining</source>
        <translation>退避中</translation>
    </message>
    <message>
        <source>ends too early</source>
        <translation>途中で終わっています</translation>
    </message>
    <message>
        <source>ends {connections}</source>
        <translation>{connections}を終了します</translation>
    </message>
    <message>
        <source>environment</source>
        <translation>環境</translation>
    </message>
    <message>
        <source>expired</source>
        <translation>期限切れ</translation>
    </message>
    <message>
        <source>expired; choose a life for a new one</source>
        <translation>期限切れ。新しい有効期間を選んでください</translation>
    </message>
    <message>
        <source>filtering, {percent} %</source>
        <translation>絞り込み中、{percent} %</translation>
    </message>
    <message>
        <source>generated</source>
        <translation>生成</translation>
    </message>
    <message>
        <source>given</source>
        <translation>指定</translation>
    </message>
    <message>
        <source>good</source>
        <translation>良好</translation>
    </message>
    <message>
        <source>guest</source>
        <translation>ゲスト</translation>
    </message>
    <message>
        <source>half of a surrogate pair stands alone (byte {half})</source>
        <translation>サロゲートペアの片方だけがあります ({half} バイト目)</translation>
    </message>
    <message>
        <source>has expired</source>
        <translation>期限が切れています</translation>
    </message>
    <message>
        <source>host</source>
        <translation>ホスト</translation>
    </message>
    <message>
        <source>https and wss</source>
        <translation>https と wss</translation>
    </message>
    <message>
        <source>in {rate}/s</source>
        <translation>受信 {rate}/秒</translation>
    </message>
    <message>
        <source>in {time}</source>
        <translation>{time}後</translation>
    </message>
    <message>
        <source>is used up</source>
        <translation>使い切られています</translation>
    </message>
    <message>
        <source>just now</source>
        <translation>たった今</translation>
    </message>
    <message>
        <source>kept</source>
        <translation>保持</translation>
    </message>
    <message>
        <source>left out</source>
        <translation>除外</translation>
    </message>
    <message>
        <source>localhost: only this computer. 0.0.0.0: everyone on the network. Or one adapter&apos;s address.</source>
        <translation>localhost: このコンピューターのみ。0.0.0.0: ネットワークの全員。またはアダプターのアドレス。</translation>
    </message>
    <message>
        <source>lost: closed</source>
        <translation>消失: 切断</translation>
    </message>
    <message>
        <source>member</source>
        <translation>メンバー</translation>
    </message>
    <message>
        <source>messages</source>
        <translation>メッセージ</translation>
    </message>
    <message>
        <source>never</source>
        <translation>なし</translation>
    </message>
    <message>
        <source>no code</source>
        <translation>コードなし</translation>
    </message>
    <message>
        <source>no connections</source>
        <translation>接続なし</translation>
    </message>
    <message>
        <source>no end</source>
        <translation>期限なし</translation>
    </message>
    <message>
        <source>no limit</source>
        <translation>無制限</translation>
    </message>
    <message>
        <source>no name</source>
        <translation>名前なし</translation>
    </message>
    <message>
        <source>no sessions</source>
        <translation>セッションなし</translation>
    </message>
    <message>
        <source>none</source>
        <translation>なし</translation>
    </message>
    <message>
        <source>none kept</source>
        <translation>保存なし</translation>
    </message>
    <message>
        <source>none yet</source>
        <translation>まだなし</translation>
    </message>
    <message>
        <source>not late</source>
        <translation>遅れなし</translation>
    </message>
    <message>
        <source>not now</source>
        <translation>今はしない</translation>
    </message>
    <message>
        <source>nothing more</source>
        <translation>他になし</translation>
    </message>
    <message>
        <source>now</source>
        <translation>今</translation>
    </message>
    <message>
        <source>off; local: a certificate made here, which each device must trust once; files: your own.</source>
        <translation>off。local: ここで作る証明書、各機器で一度信頼が必要。files: 自分のもの。</translation>
    </message>
    <message>
        <source>only this computer</source>
        <translation>このコンピューターのみ</translation>
    </message>
    <message>
        <source>out {rate}/s</source>
        <translation>送信 {rate}/秒</translation>
    </message>
    <message>
        <source>password</source>
        <translation>パスワード</translation>
    </message>
    <message>
        <source>paused, {count} came since</source>
        <translation>停止中、その後 {count} 件</translation>
    </message>
    <message>
        <source>per 15 min</source>
        <translation>15 分あたり</translation>
    </message>
    <message>
        <source>port {port}</source>
        <translation>ポート {port}</translation>
    </message>
    <message>
        <source>pure Python</source>
        <translation>純粋な Python</translation>
    </message>
    <message>
        <source>queued</source>
        <translation>待機</translation>
    </message>
    <message>
        <source>refused</source>
        <translation>拒否</translation>
    </message>
    <message>
        <source>replayed</source>
        <translation>再送済み</translation>
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
        <translation>同じ</translation>
    </message>
    <message>
        <source>saved settings</source>
        <translation>保存した設定</translation>
    </message>
    <message>
        <source>seconds</source>
        <translation>秒</translation>
    </message>
    <message>
        <source>sent late</source>
        <translation>遅れて送信</translation>
    </message>
    <message>
        <source>silent {count} s</source>
        <translation>{count} 秒応答なし</translation>
    </message>
    <message>
        <source>somebody else</source>
        <translation>ほかの人</translation>
    </message>
    <message>
        <source>somebody who did not log in</source>
        <translation>ログインしなかった人</translation>
    </message>
    <message>
        <source>sorted by {column}</source>
        <translation>{column} で並べ替え</translation>
    </message>
    <message>
        <source>sorting, {percent} %</source>
        <translation>並べ替え中、{percent} %</translation>
    </message>
    <message>
        <source>the current secret</source>
        <translation>現在の秘密鍵</translation>
    </message>
    <message>
        <source>the newest</source>
        <translation>最新</translation>
    </message>
    <message>
        <source>the two are {time} apart</source>
        <translation>2 つの間隔は {time}</translation>
    </message>
    <message>
        <source>there</source>
        <translation>利用可</translation>
    </message>
    <message>
        <source>there, {lag}</source>
        <translation>利用可、{lag}</translation>
    </message>
    <message>
        <source>this node</source>
        <translation>このノード</translation>
    </message>
    <message>
        <source>this one</source>
        <translation>これ</translation>
    </message>
    <message>
        <source>up {time}</source>
        <translation>稼働 {time}</translation>
    </message>
    <message>
        <source>usable</source>
        <translation>使用可</translation>
    </message>
    <message>
        <source>used up</source>
        <translation>使用済み</translation>
    </message>
    <message>
        <source>user</source>
        <translation>ユーザー</translation>
    </message>
    <message>
        <source>virtual or VPN</source>
        <translation>仮想または VPN</translation>
    </message>
    <message>
        <source>waiting</source>
        <translation>待機中</translation>
    </message>
    <message>
        <source>when you end it</source>
        <translation>終了するとき</translation>
    </message>
    <message>
        <source>written</source>
        <translation>書き込み済み</translation>
    </message>
    <message>
        <source>you end it</source>
        <translation>終了する</translation>
    </message>
    <message>
        <source>you lift it</source>
        <translation>解除する</translation>
    </message>
    <message>
        <source>{accounts}, {online} online</source>
        <translation>{accounts}、{online} オンライン</translation>
    </message>
    <message>
        <source>{activity}
Click for a larger chart</source>
        <translation>{activity}
クリックで大きな図</translation>
    </message>
    <message>
        <source>{address} is this computer itself, which cannot be banned.</source>
        <translation>{address} はこのコンピューター自身のため、禁止できません。</translation>
    </message>
    <message>
        <source>{cards} with new passwords were not put away. They are not kept anywhere.</source>
        <translation>新しいパスワードの{cards}が片付けられていません。どこにも保存されていません。</translation>
    </message>
    <message>
        <source>{changes} · nobody is disconnected</source>
        <translation>{changes} · 誰も切断されません</translation>
    </message>
    <message>
        <source>{changes} · saving disconnects {clients}</source>
        <translation>{changes} · 保存で {clients} が切断されます</translation>
    </message>
    <message>
        <source>{chosen} of {all} selected</source>
        <translation>{all} 中 {chosen} を選択</translation>
    </message>
    <message>
        <source>{count} addresses</source>
        <translation>{count} 個のアドレス</translation>
    </message>
    <message>
        <source>{count} messages from before were sent.</source>
        <translation>以前のメッセージ {count} 件を送信しました。</translation>
    </message>
    <message>
        <source>{count} new ↓</source>
        <translation>新着 {count} ↓</translation>
    </message>
    <message>
        <source>{count} of them read slowly; it waits.</source>
        <translation>うち {count} の読み取りが遅く、待っています。</translation>
    </message>
    <message>
        <source>{count} people are here</source>
        <translation>{count} 人がいます</translation>
    </message>
    <message>
        <source>{count} users</source>
        <translation>{count} ユーザー</translation>
    </message>
    <message>
        <source>{entry} is not allowed.</source>
        <translation>{entry} は許可されていません。</translation>
    </message>
    <message>
        <source>{error} No account was made. Go back and press Preview to see what is left.</source>
        <translation>{error} アカウントは作成していません。戻って「プレビュー」を押すと残りが分かります。</translation>
    </message>
    <message>
        <source>{file} cannot be read ({reason}). Choose another file.</source>
        <translation>{file} を読めません ({reason})。別のファイルを選んでください。</translation>
    </message>
    <message>
        <source>{file} cannot be read ({strerror})</source>
        <translation>{file} を読めません ({strerror})</translation>
    </message>
    <message>
        <source>{file} cannot be read ({strerror}).</source>
        <translation>{file} を読めません ({strerror})。</translation>
    </message>
    <message>
        <source>{file} cannot be written ({reason}). Choose another folder.</source>
        <translation>{file} に書けません ({reason})。別のフォルダーを選んでください。</translation>
    </message>
    <message>
        <source>{file} is not a file.</source>
        <translation>{file} はファイルではありません。</translation>
    </message>
    <message>
        <source>{first}, {second} and {count} more</source>
        <translation>{first}、{second} ほか {count}</translation>
    </message>
    <message>
        <source>{guests} will be logged out for good. Their names are free again.</source>
        <translation>{guests}は完全にログアウトされます。名前は再び使えます。</translation>
    </message>
    <message>
        <source>{host} is not an address of this computer now.</source>
        <translation>{host} は現在このコンピューターのアドレスではありません。</translation>
    </message>
    <message>
        <source>{label} must not be empty.</source>
        <translation>{label} は空にできません。</translation>
    </message>
    <message>
        <source>{least_chars} to {password_max_chars} characters</source>
        <translation>{least_chars}~{password_max_chars} 文字</translation>
    </message>
    <message>
        <source>{least} to {most} letters and digits, single blanks, and . _ - @ + &apos;</source>
        <translation>{least}~{most} 文字の文字と数字、単独の空白、. _ - @ + &apos;</translation>
    </message>
    <message>
        <source>{low} to {high} · default {default}</source>
        <translation>{low}~{high} · 既定 {default}</translation>
    </message>
    <message>
        <source>{macos_clicks}: set it to allow incoming connections.</source>
        <translation>{macos_clicks}: 着信接続を許可してください。</translation>
    </message>
    <message>
        <source>{macos_clicks}: switch that off.</source>
        <translation>{macos_clicks}: オフにしてください。</translation>
    </message>
    <message>
        <source>{messages} are deleted for good, those that wait for people who are away included. Who comes back gets none of them. The traffic and its history stay as they are.</source>
        <translation>{messages}を、不在者への待ちも含めて完全に削除します。戻った人は受け取れません。通信と履歴はそのままです。</translation>
    </message>
    <message>
        <source>{names} and {last}</source>
        <translation>{names} と {last}</translation>
    </message>
    <message>
        <source>{names} may try again now.</source>
        <translation>{names} は今また試せます。</translation>
    </message>
    <message>
        <source>{name} (has left)</source>
        <translation>{name} (退出)</translation>
    </message>
    <message>
        <source>{name} acknowledged it {after} later.</source>
        <translation>{name} が {after}後に確認しました。</translation>
    </message>
    <message>
        <source>{name} did not fetch it in time; it is gone.</source>
        <translation>{name} は時間内に取りに来ず、消えました。</translation>
    </message>
    <message>
        <source>{name} has a new password.</source>
        <translation>{name} のパスワードを新しくしました。</translation>
    </message>
    <message>
        <source>{name} is away: it waits for the next login, until {until}.</source>
        <translation>{name} は不在です。{until} まで次のログインを待ちます。</translation>
    </message>
    <message>
        <source>{name} is damaged at line {number}.</source>
        <translation>{name} は {number} 行目が壊れています。</translation>
    </message>
    <message>
        <source>{name} is not connected, and was not since the traffic is kept.</source>
        <translation>{name} は接続しておらず、通信の保存開始後も接続していません。</translation>
    </message>
    <message>
        <source>{name} is not connected: left {when} with {value}.</source>
        <translation>{name} は接続していません: {when} に {value} で退出。</translation>
    </message>
    <message>
        <source>{name} was away, and got it {after} later.</source>
        <translation>{name} は不在で、{after}後に受け取りました。</translation>
    </message>
    <message>
        <source>{name} was changed meanwhile ({who}{when}); now: {role}, {state}.</source>
        <translation>{name} はその間に変更されました ({who}{when})。今: {role}、{state}。</translation>
    </message>
    <message>
        <source>{name} was written by a newer version of this program.</source>
        <translation>{name} はこのプログラムの新しい版で書かれました。</translation>
    </message>
    <message>
        <source>{now} now, {most} at most</source>
        <translation>現在 {now}、最大 {most}</translation>
    </message>
    <message>
        <source>{problem} (character {place})</source>
        <translation>{problem} ({place} 文字目)</translation>
    </message>
    <message>
        <source>{rows} ({missing} passed too fast)</source>
        <translation>{rows} ({missing} は速すぎて通過)</translation>
    </message>
    <message>
        <source>{rows} came and went while paused: the memory for traffic was full.</source>
        <translation>停止中に {rows}が来て消えました: 通信のメモリーが一杯でした。</translation>
    </message>
    <message>
        <source>{same}, and there is no difference.</source>
        <translation>{same}。違いはありません。</translation>
    </message>
    <message>
        <source>{same}. Then a connection of {name} differs:</source>
        <translation>{same}。その後 {name} の接続が異なります:</translation>
    </message>
    <message>
        <source>{sentence} It is not used.</source>
        <translation>{sentence}この行は使われません。</translation>
    </message>
    <message>
        <source>{sentence} To search for the text, quote it.</source>
        <translation>{sentence} テキストを検索するには引用符で囲んでください。</translation>
    </message>
    <message>
        <source>{shown} of {all} shown</source>
        <translation>{all} 中 {shown} を表示</translation>
    </message>
    <message>
        <source>{shown} of {rows}</source>
        <translation>{rows}中 {shown}</translation>
    </message>
    <message>
        <source>{time} ago</source>
        <translation>{time}前</translation>
    </message>
    <message>
        <source>{value} is no traffic exported by this program as JSON Lines.</source>
        <translation>{value} はこのプログラムが JSON Lines で書き出した通信ではありません。</translation>
    </message>
    <message>
        <source>{value} {key} wait {wait_s} s after {failures} failures (Retry-After: {wait_s}).</source>
        <translation>{value} {key} は {failures} 回の失敗の後 {wait_s} 秒待ちます (Retry-After: {wait_s})。</translation>
    </message>
    <message>
        <source>{variable} ({source}) is no setting.</source>
        <translation>{variable}（{source}）という設定はありません。</translation>
    </message>
    <message>
        <source>{variable} ({source}) is not used: {reason}.</source>
        <translation>{variable} ({source}) は使われません: {reason}。</translation>
    </message>
    <message>
        <source>{what} belongs to another program.</source>
        <translation>{what} は別のプログラムのものです。</translation>
    </message>
    <message>
        <source>{what} cannot be opened ({detail}).</source>
        <translation>{what} を開けません ({detail})。</translation>
    </message>
    <message>
        <source>{what} cannot be used ({detail}).</source>
        <translation>{what} を使えません ({detail})。</translation>
    </message>
    <message>
        <source>{what} cannot grow: the disk is full.</source>
        <translation>{what} を拡張できません。ディスクがいっぱいです。</translation>
    </message>
    <message>
        <source>{what} contains half a character (a lone surrogate).</source>
        <translation>{what} に文字の半分 (単独のサロゲート) が含まれています。</translation>
    </message>
    <message>
        <source>{what} is UTF-16, not UTF-8.</source>
        <translation>{what} は UTF-8 ではなく UTF-16 です。</translation>
    </message>
    <message>
        <source>{what} is damaged or is not a database.</source>
        <translation>{what} は壊れているか、データベースではありません。</translation>
    </message>
    <message>
        <source>{what} is locked by another program.</source>
        <translation>{what} は別のプログラムがロックしています。</translation>
    </message>
    <message>
        <source>{what} is nested too deeply.</source>
        <translation>{what} の入れ子が深すぎます。</translation>
    </message>
    <message>
        <source>{what} is not UTF-8: byte {value} is 0x{byte}.</source>
        <translation>{what} は UTF-8 ではありません: バイト {value} が 0x{byte} です。</translation>
    </message>
    <message>
        <source>{what} is not valid JSON: {detail}.</source>
        <translation>{what} は正しい JSON ではありません: {detail}。</translation>
    </message>
    <message>
        <source>{what} is read-only.</source>
        <translation>{what} は読み取り専用です。</translation>
    </message>
    <message>
        <source>{what} must be a JSON object, not {value}.</source>
        <translation>{what} は {value} ではなく JSON オブジェクトでなければなりません。</translation>
    </message>
    <message>
        <source>{what} must have {limits}.</source>
        <translation>{what} は {limits} でなければなりません。</translation>
    </message>
    <message>
        <source>{what} was deleted or moved away while this program uses it.</source>
        <translation>{what} はこのプログラムの使用中に削除または移動されました。</translation>
    </message>
    <message>
        <source>{what} was replaced or overwritten by another program while this one uses it.</source>
        <translation>{what} はこのプログラムの使用中に別のプログラムに置き換えまたは上書きされました。</translation>
    </message>
    <message>
        <source>{what} was written by a newer version of this program.</source>
        <translation>{what} はこのプログラムの新しい版で書かれました。</translation>
    </message>
    <message>
        <source>{where} cannot be asked ({name})</source>
        <translation>{where} に問い合わせできません ({name})</translation>
    </message>
    <message>
        <source>{where} must be a whole number{example}, not &apos;{text}&apos;.</source>
        <translation>{where} は &apos;{text}&apos; ではなく整数{example}でなければなりません。</translation>
    </message>
    <message>
        <source>{where} must be one of {allowed}, not &apos;{value}&apos;.</source>
        <translation>{where} は &apos;{value}&apos; ではなく {allowed} のいずれかでなければなりません。</translation>
    </message>
    <message>
        <source>{where} must be {limits}, not {value}.</source>
        <translation>{where} は {value} ではなく {limits} でなければなりません。</translation>
    </message>
    <message>
        <source>{where} takes letters, digits and hyphens, such as club.</source>
        <translation>{where} には文字、数字、ハイフンを使えます。例: club</translation>
    </message>
    <message>
        <source>{why} Nothing of it is used.</source>
        <translation>{why} その内容は何も使われません。</translation>
    </message>
    <message>
        <source>“{name}:” knows no “{wrong}”.</source>
        <translation>「{name}:」に「{wrong}」はありません。</translation>
    </message>
    <message>
        <source>“{name}” is compared: write {name}&gt; or {name}&lt;.</source>
        <translation>「{name}」は比較します: {name}&gt; または {name}&lt; と書いてください。</translation>
    </message>
    <message>
        <source>“{setting}” is set from outside: {source}. Change it there.</source>
        <translation>「{setting}」は外部で設定されています: {source}。そこで変更してください。</translation>
    </message>
    <message>
        <source>“{value}” cannot be compared; size, took and time can.</source>
        <translation>「{value}」は比較できません。size、took、time は比較できます。</translation>
    </message>
    <message>
        <source>… {count} more bytes</source>
        <translation>… あと {count} バイト</translation>
    </message>
    <message>
        <source>○ Not connected yet: run a snippet and watch it arrive.</source>
        <translation>○ 未接続: スニペットを実行すると到着が見えます。</translation>
    </message>
    <message>
        <source>● Connected from {address}</source>
        <translation>● {address} から接続</translation>
    </message>
</context>
</TS>
