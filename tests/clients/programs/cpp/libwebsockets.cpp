// libwebsockets, the C library, with compression as it offers it; its service loop runs while something is waited for.
#include <libwebsockets.h>

#include <cstring>
#include <deque>

#include "walk.hpp"

class Lws : public Socket {
    lws_context* context = nullptr;
    lws* link = nullptr;
    std::string pieces, selected, failure, to_send;
    std::deque<std::string> came;
    bool is_open = false, is_closed = false, wants_close = false;
    int code = 0;
    std::string reason;

    static int on_event(lws* link, lws_callback_reasons event, void*, void* data, std::size_t size) {
        auto* self = static_cast<Lws*>(lws_context_user(lws_get_context(link)));
        return self ? self->handle(link, event, static_cast<const char*>(data), size) : 0;
    }

    int handle(lws* from, lws_callback_reasons event, const char* data, std::size_t size) {
        switch (event) {
            case LWS_CALLBACK_CLIENT_CONNECTION_ERROR:
                failure = data ? std::string(data, size) : "no connection";
                break;
            case LWS_CALLBACK_CLIENT_FILTER_PRE_ESTABLISH: {
                char name[64] = "";
                lws_hdr_copy(from, name, sizeof name, WSI_TOKEN_PROTOCOL);
                selected = name;
                break;
            }
            case LWS_CALLBACK_CLIENT_ESTABLISHED:
                is_open = true;
                break;
            case LWS_CALLBACK_CLIENT_RECEIVE:
                pieces.append(data, size);
                if (lws_is_final_fragment(from) && !lws_remaining_packet_payload(from)) {
                    came.push_back(pieces);
                    pieces.clear();
                }
                break;
            case LWS_CALLBACK_CLIENT_WRITEABLE:
                return write(from);
            case LWS_CALLBACK_WS_PEER_INITIATED_CLOSE:
                code = (static_cast<unsigned char>(data[0]) << 8) | static_cast<unsigned char>(data[1]);
                reason.assign(data + 2, size - 2);
                break;
            case LWS_CALLBACK_CLIENT_CLOSED:
                is_closed = true;
                break;
            default:
                break;
        }
        return 0;
    }

    int write(lws* to) {
        if (wants_close) {
            char bye[] = "bye";
            lws_close_reason(to, LWS_CLOSE_STATUS_NORMAL, reinterpret_cast<unsigned char*>(bye), 3);
            return -1;
        }
        if (to_send.empty()) return 0;
        std::string padded = std::string(LWS_PRE, '\0') + to_send;
        to_send.clear();
        auto* begin = reinterpret_cast<unsigned char*>(&padded[LWS_PRE]);
        lws_write(to, begin, padded.size() - LWS_PRE, LWS_WRITE_TEXT);
        return 0;
    }

    template <typename IsThere>
    void run_until(IsThere is_there) {
        while (!is_there()) lws_service(context, 0);
    }

public:
    Lws(const std::string& url, const std::string& offered) {
        lws_set_log_level(0, nullptr);
        static const lws_protocols protocols[] = {{"", on_event, 0, 65536, 0, nullptr, 0}, {nullptr, nullptr, 0, 0, 0, nullptr, 0}};
        static const lws_extension extensions[] = {
            {"permessage-deflate", lws_extension_callback_pm_deflate, "permessage-deflate; client_max_window_bits"},
            {nullptr, nullptr, nullptr}};
        lws_context_creation_info info{};
        info.port = CONTEXT_PORT_NO_LISTEN;
        info.protocols = protocols;
        info.extensions = extensions;
        info.user = this;
        context = lws_create_context(&info);
        const Address address(url);
        const auto bare = address.bare(), host = address.host + ":" + address.port;
        lws_client_connect_info target{};
        target.context = context;
        target.address = bare.c_str();
        target.port = std::stoi(address.port);
        target.path = address.target.c_str();
        target.host = host.c_str();
        target.protocol = offered.empty() ? nullptr : offered.c_str();
        target.local_protocol_name = "";
        link = lws_client_connect_via_info(&target);
        run_until([this] { return is_open || !failure.empty(); });
        if (!is_open) throw std::runtime_error(failure);
    }

    ~Lws() override { lws_context_destroy(context); }

    std::string subprotocol() override { return selected; }

    void send(const std::string& text) override {
        to_send = text;
        lws_callback_on_writable(link);
        run_until([this] { return to_send.empty(); });
    }

    std::string receive() override {
        run_until([this] { return !came.empty() || is_closed; });
        if (came.empty()) throw Closed(code, reason);
        const auto frame = came.front();
        came.pop_front();
        return frame;
    }

    int close() override {
        wants_close = true;
        lws_callback_on_writable(link);
        run_until([this] { return is_closed; });
        return code;
    }
};

int main(int count, char** arguments) {
    return walk(count, arguments, [](const std::string& url, const std::string& offered) {
        return std::unique_ptr<Socket>(new Lws(url, offered));
    });
}
