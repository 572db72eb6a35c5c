import jakarta.websocket.ClientEndpointConfig;
import jakarta.websocket.CloseReason;
import jakarta.websocket.ContainerProvider;
import jakarta.websocket.Endpoint;
import jakarta.websocket.EndpointConfig;
import jakarta.websocket.MessageHandler;
import jakarta.websocket.Session;
import jakarta.websocket.WebSocketContainer;
import java.io.IOException;
import java.net.URI;

/** Tomcat's client, by Jakarta WebSocket. Its limit of 8 KiB is raised. */
final class Tomcat extends Walk.Socket {
    private Session session;

    public static void main(String[] arguments) {
        WebSocketContainer library = ContainerProvider.getWebSocketContainer();
        library.setDefaultMaxTextMessageBufferSize(2 << 20);
        Walk.walk(arguments, (url, offered) -> {
            Tomcat client = new Tomcat();
            ClientEndpointConfig config =
                    ClientEndpointConfig.Builder.create().preferredSubprotocols(offered).build();
            client.session = library.connectToServer(client.new Listener(), config, URI.create(url));
            return client;
        });
    }

    final class Listener extends Endpoint {
        @Override
        public void onOpen(Session opened, EndpointConfig config) {
            opened.addMessageHandler(String.class, (MessageHandler.Whole<String>) came::add);
        }

        @Override
        public void onClose(Session closed, CloseReason reason) {
            came.add(new Walk.Closed(reason.getCloseCode().getCode(), reason.getReasonPhrase()));
        }

        @Override
        public void onError(Session broken, Throwable error) {
            came.add(new IOException(error));
        }
    }

    @Override
    String subprotocol() {
        return session.getNegotiatedSubprotocol();
    }

    @Override
    void send(String text) throws IOException {
        session.getBasicRemote().sendText(text);
    }

    @Override
    void close() throws IOException {
        session.close(new CloseReason(CloseReason.CloseCodes.NORMAL_CLOSURE, "bye"));
    }
}
