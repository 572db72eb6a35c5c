// Takes a C++ client through its steps, as tests/clients/README.md describes them.
#pragma once

#include <iostream>
#include <memory>
#include <sstream>
#include <stdexcept>
#include <string>
#include <vector>

const std::string TEXT = "0123456789 grüße ✓ 😀 ";

struct Closed : std::runtime_error {
    int code;
    std::string reason;
    Closed(int code, std::string reason)
        : std::runtime_error("closed with " + std::to_string(code) + " " + reason), code(code), reason(reason) {}
};

// What an adapter makes of a library.
struct Socket {
    virtual ~Socket() = default;
    virtual std::string subprotocol() = 0;
    virtual void send(const std::string& text) = 0;
    virtual std::string receive() = 0;  // Throws Closed when the server closes.
    virtual int close() = 0;            // Closes with 1000; returns the code that came back.
};

// Where a ws:// URL points, and what it asks for.
struct Address {
    std::string host, port, target;
    explicit Address(const std::string& url) {
        const auto begin = url.find("://") + 3, end = url.find_first_of("/?", begin);
        const auto place = url.substr(begin, end - begin);
        const auto colon = place.rfind(':');
        host = place.substr(0, colon), port = place.substr(colon + 1);
        target = end == std::string::npos ? "/" : url.substr(end);
        if (target[0] == '?') target = "/" + target;
    }
    std::string bare() const { return host[0] == '[' ? host.substr(1, host.size() - 2) : host; }
};

inline std::string quoted(const std::string& text) {
    std::string out = "\"";
    for (const char each : text) {
        if (each == '"' || each == '\\') out += '\\';
        out += static_cast<unsigned char>(each) < 32 ? ' ' : each;
    }
    return out + '"';
}

class Walk {
    std::string token, id, skipped;
    std::unique_ptr<Socket> socket;

    std::string until(const std::string& type, const std::string& part = "") {
        for (;;) {
            const auto frame = socket->receive();
            const auto named = frame.substr(0, 9) == "{\"type\":\"" ? frame.substr(9, frame.find('"', 9) - 9) : "?";
            if (named == type && frame.find(part) != std::string::npos) return frame;
            if (named == "error") throw std::runtime_error(frame);
            skipped += (skipped.empty() ? "" : ", ") + quoted(named);
        }
    }

    std::string seen(const std::string& frame) { return "\"frame\": " + frame + ", \"skipped\": [" + skipped + "]"; }

    std::string direct() {
        socket->send(R"({"type":"direct","to":")" + id + R"(","content":"to )" + id + R"(","messageId":7})");
        std::string direct, delivered;
        while (direct.empty() || delivered.empty()) {
            const auto frame = socket->receive();
            if (frame.rfind(R"({"type":"direct")", 0) == 0) direct = frame;
            if (frame.rfind(R"({"type":"message_delivered")", 0) == 0) delivered = frame;
        }
        return "\"frame\": " + delivered + ", \"direct\": " + direct;
    }

    std::string large(std::size_t size) {
        std::string content = id + " ";
        while (content.size() + TEXT.size() <= size) content += TEXT;
        socket->send(R"({"type":"message","content":")" + content + "\"}");
        const auto frame = until("message", id + " ");
        const bool same = frame.find("\"content\":\"" + content + "\"") != std::string::npos;
        return "\"bytes\": " + std::to_string(content.size()) + ", \"same\": " + (same ? "true" : "false");
    }

public:
    explicit Walk(std::string token) : token(std::move(token)) {}

    template <typename Open>
    std::string step(const std::string& name, const std::string& value, Open open) {
        if (name == "connect") {
            std::istringstream words(value);
            std::string url, offered;
            words >> url >> offered;
            skipped.clear();
            socket.reset();
            socket = open(url, offered);
            return "\"subprotocol\": " + quoted(socket->subprotocol());
        }
        if (name == "connection") {
            const auto frame = until("connection");
            const auto begin = frame.find("\"clientId\":\"") + 12;
            id = frame.substr(begin, frame.find('"', begin) - begin);
            return seen(frame);
        }
        if (name == "authenticate") {
            const auto wish = value.empty() ? "" : R"(,"presence":")" + value + "\"";
            socket->send(R"({"type":"authenticate","token":")" + token + "\"" + wish + "}");
            return seen(until("authentication"));
        }
        if (name == "admitted") return seen(until("authentication"));
        if (name == "user_list") return seen(until("user_list"));
        if (name == "message") {
            socket->send(R"({"type":"message","content":{"from":")" + id + R"(","text":")" + TEXT +
                         R"(","values":[1,2.5,null,true]}})");
            return seen(until("message", R"({"from":")" + id + "\""));
        }
        if (name == "direct") return direct();
        if (name == "large") return large(std::stoul(value));
        if (name == "close") return "\"code\": " + std::to_string(socket->close());
        try {
            for (;;) socket->receive();
        } catch (const Closed& closed) {
            return "\"code\": " + std::to_string(closed.code) + ", \"reason\": " + quoted(closed.reason);
        }
    }
};

template <typename Open>
int walk(int count, char** arguments, Open open) {
    Walk client(arguments[1]);
    bool is_broken = false;
    for (int index = 2; index < count; ++index) {
        const std::string step = arguments[index];
        const auto cut = step.find('=');
        const auto name = step.substr(0, cut), value = cut == std::string::npos ? "" : step.substr(cut + 1);
        if (is_broken && name != "connect") continue;
        std::string seen;
        try {
            seen = client.step(name, value, open);
            is_broken = false;
        } catch (const std::exception& error) {
            seen = "\"error\": " + quoted(error.what());
            is_broken = true;
        }
        std::cout << "{\"step\": " << quoted(name) << ", " << seen << "}" << std::endl;
    }
    return 0;
}
