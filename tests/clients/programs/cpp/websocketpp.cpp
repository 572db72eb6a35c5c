// websocketpp on Asio; its loop runs while something is waited for.
#include <deque>
#include <websocketpp/client.hpp>
#include <websocketpp/config/asio_no_tls_client.hpp>

#include "walk.hpp"

using Client = websocketpp::client<websocketpp::config::asio_client>;

class Websocketpp : public Socket {
    Client library;
    Client::connection_ptr link;
    std::deque<std::string> came;
    bool is_open = false, has_failed = false, is_closed = false;

    void run_until(const std::function<bool()>& is_there) {
        while (!is_there() && library.run_one() > 0) {
        }
    }

public:
    Websocketpp(const std::string& url, const std::string& offered) {
        websocketpp::lib::error_code error;
        library.clear_access_channels(websocketpp::log::alevel::all);
        library.clear_error_channels(websocketpp::log::elevel::all);
        library.init_asio();
        library.set_open_handler([this](websocketpp::connection_hdl) { is_open = true; });
        library.set_fail_handler([this](websocketpp::connection_hdl) { has_failed = true; });
        library.set_close_handler([this](websocketpp::connection_hdl) { is_closed = true; });
        library.set_message_handler([this](websocketpp::connection_hdl, Client::message_ptr message) {
            came.push_back(message->get_payload());
        });
        link = library.get_connection(url, error);
        if (error) throw std::runtime_error(error.message());
        if (!offered.empty()) link->add_subprotocol(offered);
        library.connect(link);
        run_until([this] { return is_open || has_failed; });
        if (has_failed) {
            const auto status = std::to_string(link->get_response_code());
            throw std::runtime_error(link->get_ec().message() + ", status " + status);
        }
    }

    std::string subprotocol() override { return link->get_response_header("Sec-WebSocket-Protocol"); }
    void send(const std::string& text) override { link->send(text, websocketpp::frame::opcode::text); }

    std::string receive() override {
        run_until([this] { return !came.empty() || is_closed; });
        if (came.empty()) throw Closed(link->get_remote_close_code(), link->get_remote_close_reason());
        const auto frame = came.front();
        came.pop_front();
        return frame;
    }

    int close() override {
        link->close(websocketpp::close::status::normal, "bye");
        run_until([this] { return is_closed; });
        return link->get_remote_close_code();
    }
};

int main(int count, char** arguments) {
    return walk(count, arguments, [](const std::string& url, const std::string& offered) {
        return std::unique_ptr<Socket>(new Websocketpp(url, offered));
    });
}
