import java.io.IOException;
import java.util.List;
import java.util.concurrent.TimeUnit;
import okhttp3.OkHttpClient;
import okhttp3.Request;
import okhttp3.Response;
import okhttp3.WebSocket;
import okhttp3.WebSocketListener;

/** OkHttp, the client of Android; it pings every second. */
final class Okhttp extends Walk.Socket {
    private WebSocket link;
    private String selected;

    public static void main(String[] arguments) {
        OkHttpClient http = new OkHttpClient.Builder().pingInterval(1, TimeUnit.SECONDS).build();
        Walk.walk(arguments, (url, offered) -> {
            Okhttp client = new Okhttp();
            Request.Builder request = new Request.Builder().url(url);
            if (!offered.isEmpty()) request.header("Sec-WebSocket-Protocol", String.join(", ", offered));
            client.link = http.newWebSocket(request.build(), client.new Listener());
            client.receive();
            return client;
        });
    }

    final class Listener extends WebSocketListener {
        @Override
        public void onOpen(WebSocket socket, Response response) {
            selected = response.header("Sec-WebSocket-Protocol");
            came.add("open");
        }

        @Override
        public void onMessage(WebSocket socket, String text) {
            came.add(text);
        }

        @Override
        public void onClosing(WebSocket socket, int code, String reason) {
            socket.close(1000, null);
            came.add(new Walk.Closed(code, reason));
        }

        @Override
        public void onFailure(WebSocket socket, Throwable error, Response response) {
            came.add(new IOException(error));
        }
    }

    @Override
    String subprotocol() {
        return selected;
    }

    @Override
    void send(String text) {
        link.send(text);
    }

    @Override
    void close() {
        link.close(1000, "bye");
    }
}
