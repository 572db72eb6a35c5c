import java.nio.charset.StandardCharsets;
import java.util.ArrayList;
import java.util.Arrays;
import java.util.List;
import java.util.concurrent.LinkedBlockingQueue;
import java.util.regex.Matcher;
import java.util.regex.Pattern;

/** Takes a Java client through its steps, as tests/clients/README.md describes them. */
final class Walk {
    static final String TEXT = "0123456789 gr\u00fc\u00dfe \u2713 \ud83d\ude00 ";

    /** The server closed. */
    static final class Closed extends Exception {
        final int code;
        final String reason;

        Closed(int code, String reason) {
            super("closed with " + code + " " + reason);
            this.code = code;
            this.reason = reason == null ? "" : reason;
        }
    }

    /** What an adapter makes of a library; what comes goes into `came`: a String, or an Exception. */
    abstract static class Socket {
        final LinkedBlockingQueue<Object> came = new LinkedBlockingQueue<>();

        abstract String subprotocol();

        abstract void send(String text) throws Exception;

        /** Begins to close with 1000. */
        abstract void close() throws Exception;

        String receive() throws Exception {
            Object next = came.take();
            if (next instanceof Exception) throw (Exception) next;
            return (String) next;
        }
    }

    interface Open {
        Socket open(String url, List<String> offered) throws Exception;
    }

    private final Open open;
    private final String token;
    private Socket socket;
    private String id;
    private final List<String> skipped = new ArrayList<>();

    private Walk(Open open, String token) {
        this.open = open;
        this.token = token;
    }

    static void walk(String[] arguments, Open open) {
        Walk walk = new Walk(open, arguments[0]);
        boolean isBroken = false;
        for (String step : Arrays.asList(arguments).subList(1, arguments.length)) {
            String[] parts = (step.contains("=") ? step : step + "=").split("=", 2);
            if (isBroken && !parts[0].equals("connect")) continue;
            String seen;
            try {
                seen = walk.step(parts[0], parts[1]);
                isBroken = false;
            } catch (Exception error) {
                seen = "\"error\": " + quoted(String.valueOf(error));
                isBroken = true;
            }
            System.out.println("{\"step\": \"" + parts[0] + "\", " + seen + "}");
            System.out.flush();
        }
        System.exit(0);
    }

    private String step(String name, String value) throws Exception {
        switch (name) {
            case "connect":
                List<String> words = Arrays.asList(value.split(" "));
                skipped.clear();
                socket = open.open(words.get(0), words.subList(1, words.size()));
                return "\"subprotocol\": " + quoted(socket.subprotocol());
            case "connection":
                String first = until("connection", "");
                Matcher found = Pattern.compile("\"clientId\":\"([^\"]+)\"").matcher(first);
                found.find();
                id = found.group(1);
                return seen(first);
            case "authenticate":
                String wish = value.isEmpty() ? "" : ",\"presence\":\"" + value + "\"";
                socket.send("{\"type\":\"authenticate\",\"token\":\"" + token + "\"" + wish + "}");
                return seen(until("authentication", ""));
            case "admitted":
                return seen(until("authentication", ""));
            case "user_list":
                return seen(until("user_list", ""));
            case "message":
                socket.send("{\"type\":\"message\",\"content\":{\"from\":\"" + id + "\",\"text\":\"" + TEXT
                        + "\",\"values\":[1,2.5,null,true]}}");
                return seen(until("message", "{\"from\":\"" + id + "\""));
            case "direct":
                return direct();
            case "large":
                return large(Integer.parseInt(value));
            case "close":
                socket.close();
                return end();
            case "wait":
                return end();
            default:
                throw new IllegalArgumentException("no such step: " + name);
        }
    }

    private String direct() throws Exception {
        socket.send("{\"type\":\"direct\",\"to\":\"" + id + "\",\"content\":\"to " + id + "\",\"messageId\":7}");
        String direct = null;
        String delivered = null;
        while (direct == null || delivered == null) {
            String frame = socket.receive();
            if (frame.startsWith("{\"type\":\"direct\"")) direct = frame;
            if (frame.startsWith("{\"type\":\"message_delivered\"")) delivered = frame;
        }
        return "\"frame\": " + delivered + ", \"direct\": " + direct;
    }

    private String large(int size) throws Exception {
        int unit = TEXT.getBytes(StandardCharsets.UTF_8).length;
        String content = id + " " + TEXT.repeat((size - id.length() - 1) / unit);
        socket.send("{\"type\":\"message\",\"content\":\"" + content + "\"}");
        String frame = until("message", id + " ");
        int bytes = content.getBytes(StandardCharsets.UTF_8).length;
        return "\"bytes\": " + bytes + ", \"same\": " + frame.contains("\"content\":\"" + content + "\"");
    }

    private String end() throws Exception {
        try {
            while (true) socket.receive();
        } catch (Closed closed) {
            return "\"code\": " + closed.code + ", \"reason\": " + quoted(closed.reason);
        }
    }

    private String until(String type, String part) throws Exception {
        while (true) {
            String frame = socket.receive();
            if (frame.startsWith("{\"type\":\"" + type + "\"") && frame.contains(part)) return frame;
            if (frame.startsWith("{\"type\":\"error\"")) throw new IllegalStateException(frame);
            Matcher other = Pattern.compile("\"type\":\"(\\w+)\"").matcher(frame);
            skipped.add(other.find() ? other.group(1) : "?");
        }
    }

    private String seen(String frame) {
        List<String> names = new ArrayList<>();
        skipped.forEach(name -> names.add(quoted(name)));
        return "\"frame\": " + frame + ", \"skipped\": " + names;
    }

    private static String quoted(String text) {
        if (text == null) return "null";
        return '"' + text.replaceAll("[\\p{Cntrl}]", " ").replace("\\", "\\\\").replace("\"", "\\\"") + '"';
    }
}
