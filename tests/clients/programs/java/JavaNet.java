import java.net.URI;
import java.net.http.HttpClient;
import java.net.http.WebSocket;
import java.util.List;
import java.util.concurrent.CompletionException;
import java.util.concurrent.CompletionStage;

/** The WebSocket of java.net.http, which is part of Java since 11. */
final class JavaNet extends Walk.Socket implements WebSocket.Listener {
    private final StringBuilder pieces = new StringBuilder();
    private WebSocket link;

    public static void main(String[] arguments) {
        HttpClient http = HttpClient.newHttpClient();
        Walk.walk(arguments, (url, offered) -> {
            JavaNet client = new JavaNet();
            WebSocket.Builder builder = http.newWebSocketBuilder();
            if (!offered.isEmpty()) builder.subprotocols(offered.get(0));
            try {
                client.link = builder.buildAsync(URI.create(url), client).join();
            } catch (CompletionException error) {
                throw new java.io.IOException(error.getCause());
            }
            return client;
        });
    }

    @Override
    public CompletionStage<?> onText(WebSocket socket, CharSequence data, boolean last) {
        pieces.append(data);
        if (last) {
            came.add(pieces.toString());
            pieces.setLength(0);
        }
        socket.request(1);
        return null;
    }

    @Override
    public CompletionStage<?> onClose(WebSocket socket, int code, String reason) {
        came.add(new Walk.Closed(code, reason));
        return null;
    }

    @Override
    public void onError(WebSocket socket, Throwable error) {
        came.add(new java.io.IOException(error));
    }

    @Override
    String subprotocol() {
        return link.getSubprotocol();
    }

    @Override
    void send(String text) {
        link.sendText(text, true).join();
    }

    @Override
    void close() {
        link.sendClose(WebSocket.NORMAL_CLOSURE, "bye").join();
    }
}
