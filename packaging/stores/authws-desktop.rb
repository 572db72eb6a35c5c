cask "authws-desktop" do
  arch arm: "arm64", intel: "x86_64"

  version "@VERSION@"
  sha256 arm:   "@SHA256 authws-desktop-@VERSION@-macos-arm64.dmg@",
         intel: "@SHA256 authws-desktop-@VERSION@-macos-x86_64.dmg@"

  url "@HOMEPAGE@/releases/download/v#{version}/authws-desktop-#{version}-macos-#{arch}.dmg"
  name "Authws Desktop"
  desc "Real-time WebSocket server with real logins, in a window"
  homepage "@HOMEPAGE@"

  depends_on macos: ">= :sonoma"

  app "Authws Desktop.app"
  binary "#{appdir}/Authws Desktop.app/Contents/MacOS/authws-desktop"

  zap trash: [
    "~/Library/Application Support/authws-desktop",
    "~/Library/Logs/authws-desktop",
  ]
end
