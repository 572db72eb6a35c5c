"""Snippets for programs and games: each connects as one account, sends a message and prints what comes."""

from __future__ import annotations

import json

_NODE = """\
import { WebSocket } from "ws";

const socket = new WebSocket(URL);
const send = (message) => socket.send(JSON.stringify(message));

socket.on("open", () => send({ type: "authenticate", token: TOKEN }));
socket.on("message", (data) => {
  const message = JSON.parse(data);
  console.log(message);
  if (message.type === "authentication") send({ type: "message", content: { text: "Hello from Node" } });
});
socket.on("close", (code, reason) => console.log("closed", code, String(reason)));
"""
_GO = """\
package main

import (
	"fmt"
	"log"

	"github.com/gorilla/websocket"
)

func main() {
	socket, _, err := websocket.DefaultDialer.Dial(URL, nil)
	if err != nil {
		log.Fatal(err)
	}
	defer socket.Close()
	err = socket.WriteJSON(map[string]any{"type": "authenticate", "token": TOKEN})
	for err == nil {
		message := map[string]any{}
		if err = socket.ReadJSON(&message); err == nil {
			fmt.Println(message)
			if message["type"] == "authentication" {
				content := map[string]any{"text": "Hello from Go"}
				err = socket.WriteJSON(map[string]any{"type": "message", "content": content})
			}
		}
	}
	log.Println("closed:", err)
}
"""
_OKHTTP = """\
import okhttp3.*;

public class Client extends WebSocketListener {
    public static void main(String[] arguments) {
        Request request = new Request.Builder().url(URL).build();
        new OkHttpClient().newWebSocket(request, new Client());
    }

    @Override public void onOpen(WebSocket socket, Response response) {
        String token = TOKEN;
        socket.send("{\\"type\\":\\"authenticate\\",\\"token\\":\\"" + token + "\\"}");
    }

    @Override public void onMessage(WebSocket socket, String text) {
        System.out.println(text);
        if (text.contains("\\"type\\":\\"authentication\\"")) {
            socket.send("{\\"type\\":\\"message\\",\\"content\\":{\\"text\\":\\"Hello from OkHttp\\"}}");
        }
    }

    @Override public void onClosing(WebSocket socket, int code, String reason) {
        System.out.println("closed " + code + " " + reason);
        socket.close(1000, null);
    }

    @Override public void onFailure(WebSocket socket, Throwable error, Response response) {
        System.out.println(error);
    }
}
"""
_QT = """\
#include <QCoreApplication>
#include <QDebug>
#include <QJsonDocument>
#include <QJsonObject>
#include <QWebSocket>

int main(int count, char **arguments)
{
    QCoreApplication app(count, arguments);
    QWebSocket socket;
    auto send = [&](const QJsonObject &message) {
        socket.sendTextMessage(QString::fromUtf8(QJsonDocument(message).toJson(QJsonDocument::Compact)));
    };
    QObject::connect(&socket, &QWebSocket::connected, [&] {
        send({{"type", "authenticate"}, {"token", TOKEN}});
    });
    QObject::connect(&socket, &QWebSocket::textMessageReceived, [&](const QString &text) {
        qInfo().noquote() << text;
        if (QJsonDocument::fromJson(text.toUtf8())["type"] == "authentication")
            send({{"type", "message"}, {"content", QJsonObject{{"text", "Hello from Qt"}}}});
    });
    QObject::connect(&socket, &QWebSocket::disconnected, [&] {
        qInfo() << "closed" << socket.closeCode() << socket.closeReason();
        app.quit();
    });
    socket.open(QUrl(URL));
    return app.exec();
}
"""
_UNITY = """\
using System;
using System.Net.WebSockets;
using System.Text;
using System.Threading;
using System.Threading.Tasks;
using UnityEngine;

public class Client : MonoBehaviour
{
    private readonly ClientWebSocket socket = new ClientWebSocket();
    private readonly CancellationTokenSource stopping = new CancellationTokenSource();

    private async void Start()
    {
        await socket.ConnectAsync(new Uri(URL), stopping.Token);
        await Send("{\\"type\\":\\"authenticate\\",\\"token\\":\\"" + TOKEN + "\\"}");
        var buffer = new byte[8192];
        var text = new StringBuilder();
        while (socket.State == WebSocketState.Open)
        {
            var part = await socket.ReceiveAsync(new ArraySegment<byte>(buffer), stopping.Token);
            text.Append(Encoding.UTF8.GetString(buffer, 0, part.Count));
            if (!part.EndOfMessage) continue;
            Debug.Log(text);
            if (text.ToString().Contains("\\"type\\":\\"authentication\\""))
                await Send("{\\"type\\":\\"message\\",\\"content\\":{\\"text\\":\\"Hello from Unity\\"}}");
            text.Clear();
        }
        Debug.Log("closed " + socket.CloseStatus + " " + socket.CloseStatusDescription);
    }

    private Task Send(string text) => socket.SendAsync(
        new ArraySegment<byte>(Encoding.UTF8.GetBytes(text)),
        WebSocketMessageType.Text, true, stopping.Token);

    private void OnDestroy() => stopping.Cancel();
}
"""
PROGRAMS = {
    "node": ("Node", "Save it as client.mjs. Needs the package ws: npm install ws", _NODE),
    "go": ("Go", "Needs a module: go mod init client && go get github.com/gorilla/websocket", _GO),
    "okhttp": ("Java", "Save it as Client.java. Needs com.squareup.okhttp3:okhttp", _OKHTTP),
    "qt": ("Qt", "Needs Qt 6 with its module WebSockets.", _QT),
    "unity": ("Unity", "Save it as Client.cs and add it to an object of the scene.", _UNITY),
}
"""By key: title, where to run it, and the code with URL and TOKEN where its strings go."""


def fill_in(code: str, url: str, token: str) -> str:
    """Return code with address and token as strings of its language.

    Args:
        code: One of `PROGRAMS`.
        url: Of the WebSocket side.
        token: A valid token.
    """
    # What JSON writes in ASCII is a string in each of these languages, too. The token is filled in last:
    # nothing in it is taken for a place.
    return code.replace("URL", _quoted(url)).replace("TOKEN", _quoted(token))


def _quoted(text: str) -> str:
    return json.dumps(text)
