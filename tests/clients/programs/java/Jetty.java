import java.io.IOException;
import java.net.URI;
import java.util.concurrent.ExecutionException;
import org.eclipse.jetty.websocket.api.Session;
import org.eclipse.jetty.websocket.api.WebSocketAdapter;
import org.eclipse.jetty.websocket.client.ClientUpgradeRequest;
import org.eclipse.jetty.websocket.client.WebSocketClient;

/** Jetty's client, with compression offered. Its limit of 64 KiB is raised. */
final class Jetty extends Walk.Socket {
    private Session session;

    public static void main(String[] arguments) throws Exception {
        WebSocketClient library = new WebSocketClient();
        library.getPolicy().setMaxTextMessageSize(2 << 20);
        library.start();
        Walk.walk(arguments, (url, offered) -> {
            Jetty client = new Jetty();
            ClientUpgradeRequest request = new ClientUpgradeRequest();
            request.setSubProtocols(offered);
            request.addExtensions("permessage-deflate");
            try {
                client.session = library.connect(client.new Adapter(), URI.create(url), request).get();
            } catch (ExecutionException error) {
                throw new IOException(error.getCause());
            }
            return client;
        });
    }

    /** Public, for the library calls it by reflection. */
    public final class Adapter extends WebSocketAdapter {
        @Override
        public void onWebSocketText(String text) {
            came.add(text);
        }

        @Override
        public void onWebSocketClose(int code, String reason) {
            came.add(new Walk.Closed(code, reason));
        }
    }

    @Override
    String subprotocol() {
        return session.getUpgradeResponse().getAcceptedSubProtocol();
    }

    @Override
    void send(String text) throws IOException {
        session.getRemote().sendString(text);
    }

    @Override
    void close() {
        session.close(1000, "bye");
    }
}
