"""The list of all settings, in the order of the documentation, with their defaults."""

import msgspec

from authws_desktop.settings.groups import accounts, desktop, network, room, security, traffic


class Settings(msgspec.Struct, frozen=True, forbid_unknown_fields=True):
    """Everything a host may choose. Units are in the names; types, limits and words in `groups`."""

    host: network.Host = "localhost"
    port: network.Port = 4000
    shown_address: network.ShownAddress = ""
    local_name: network.LocalName = ""
    allowed_hosts: network.AllowedHosts = []
    allowed_origins: network.AllowedOrigins = []
    trusted_proxies: network.TrustedProxies = []
    max_clients: network.MaxClients = 10_000
    max_per_address: network.MaxPerAddress = 2500
    ping_interval_s: network.PingIntervalS = 20
    ping_timeout_s: network.PingTimeoutS = 20

    tls: security.Tls = "off"
    tls_certificate_file: security.TlsCertificateFile = ""
    tls_key_file: security.TlsKeyFile = ""
    token_life_s: security.TokenLifeS = 86_400
    auth_deadline_s: security.AuthDeadlineS = 30
    message_rate: security.MessageRate = 200
    message_burst: security.MessageBurst = 400
    auth_rate: security.AuthRate = 10
    register_rate: security.RegisterRate = 60
    max_message_bytes: security.MaxMessageBytes = 1_000_000
    max_buffer_bytes: security.MaxBufferBytes = 4 * 1024 * 1024
    max_buffers_bytes: security.MaxBuffersBytes = 256 * 1024 * 1024

    registration: accounts.Registration = "open"
    foreign_tokens: accounts.ForeignTokens = "off"
    foreign_keys: accounts.ForeignKeys = ""
    min_password: accounts.MinPassword = 8
    audit_keep_days: accounts.AuditKeepDays = 90
    database_url: accounts.DatabaseUrl = ""

    cluster_url: network.ClusterUrl = ""
    drain_s: network.DrainS = 10

    title: room.Title = ""
    welcome: room.Welcome = ""
    language: room.Language = ""
    who_may_write: room.WhoMayWrite = "everyone"
    guests: room.Guests = "off"
    guest_directs: room.GuestDirects = "on"
    images: room.Images = "off"
    messages_kept: room.MessagesKept = 0
    messages_kept_days: room.MessagesKeptDays = 30
    newcomers_see: room.NewcomersSee = "last"

    traffic_max_records: traffic.TrafficMaxRecords = 100_000
    traffic_max_bytes: traffic.TrafficMaxBytes = 256 * 1024 * 1024
    history_max_mib: traffic.HistoryMaxMib = 0

    theme: desktop.Theme = "system"
    window_language: desktop.WindowLanguage = ""
    close_action: desktop.CloseAction = "ask"
    keep_awake: desktop.KeepAwake = "on"
    notify_newcomer: desktop.NotifyNewcomer = "on"
    notify_first_client: desktop.NotifyFirstClient = "off"
    notify_refused_login: desktop.NotifyRefusedLogin = "off"
    notify_update: desktop.NotifyUpdate = "off"
    environment: desktop.Environment = "production"
    log_level: desktop.LogLevel = ""

    @property
    def known_hosts(self) -> list[str]:
        """Names, besides the computer's own, by which clients may address the server."""
        return [*self.allowed_hosts, f"{self.local_name}.local"] if self.local_name else self.allowed_hosts
