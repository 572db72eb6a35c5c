// Boost.Beast, blocking, with compression offered.
#include <boost/asio/connect.hpp>
#include <boost/asio/ip/tcp.hpp>
#include <boost/beast/core.hpp>
#include <boost/beast/websocket.hpp>

#include "walk.hpp"

namespace asio = boost::asio;
namespace beast = boost::beast;
namespace websocket = beast::websocket;

class Beast : public Socket {
    asio::io_context context;
    websocket::stream<asio::ip::tcp::socket> link{context};
    std::string selected;

public:
    Beast(const std::string& url, const std::string& offered) {
        const Address address(url);
        asio::ip::tcp::resolver resolver(context);
        asio::connect(link.next_layer(), resolver.resolve(address.bare(), address.port));
        websocket::permessage_deflate deflate;
        deflate.client_enable = true;
        link.set_option(deflate);
        link.set_option(websocket::stream_base::decorator([&](websocket::request_type& request) {
            if (!offered.empty()) request.set(beast::http::field::sec_websocket_protocol, offered);
        }));
        websocket::response_type answer;
        link.handshake(answer, address.host + ":" + address.port, address.target);
        selected = std::string(answer[beast::http::field::sec_websocket_protocol]);
    }

    std::string subprotocol() override { return selected; }
    void send(const std::string& text) override { link.write(asio::buffer(text)); }

    std::string receive() override {
        beast::flat_buffer buffer;
        beast::error_code error;
        link.read(buffer, error);
        if (error == websocket::error::closed) throw Closed(link.reason().code, link.reason().reason.c_str());
        if (error) throw beast::system_error(error);
        return beast::buffers_to_string(buffer.data());
    }

    int close() override {
        link.close(websocket::close_reason(websocket::close_code::normal, "bye"));
        return link.reason().code;
    }
};

int main(int count, char** arguments) {
    return walk(count, arguments, [](const std::string& url, const std::string& offered) {
        return std::unique_ptr<Socket>(new Beast(url, offered));
    });
}
