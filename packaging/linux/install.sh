#!/bin/sh
# Installs Authws Desktop for this user (default: ~/.local), or for everyone with
# sudo PREFIX=/usr/local ./install.sh. Run it with --remove to take it away again;
# your accounts and settings stay.
set -eu
here=$(CDPATH= cd -- "$(dirname -- "$0")" && pwd)
prefix=${PREFIX:-"$HOME/.local"}
name=authws-desktop

remove() {
    rm -f -- "$prefix/bin/$name" "$prefix/share/applications/$name.desktop" \
        "$prefix/share/metainfo/$name.metainfo.xml" "$prefix/share/man/man1/$name.1.gz"
    rm -f -- "$prefix"/share/icons/hicolor/*/apps/"$name".png "$prefix"/share/icons/hicolor/*/apps/"$name".svg
    rm -rf -- "$prefix/share/doc/$name" "$prefix/lib/$name" # last what tells whether it is installed
}

refresh() {
    for command in "update-desktop-database -q $prefix/share/applications" \
        "gtk-update-icon-cache -q -t $prefix/share/icons/hicolor"; do
        if command -v "${command%% *}" >/dev/null 2>&1; then $command || true; fi
    done
}

if [ "${1:-}" = --remove ] && [ ! -e "$prefix/lib/$name" ]; then
    echo "Authws Desktop is not installed in $prefix. Give the PREFIX that it was installed with." >&2
    exit 1
fi
remove
if [ "${1:-}" = --remove ]; then
    refresh
    echo "Authws Desktop was removed from $prefix. Your accounts and settings are where they were."
    exit 0
fi
mkdir -p -- "$prefix/lib" "$prefix/bin" "$prefix/share"
cp -a -- "$here/lib/$name" "$prefix/lib/"
cp -R -- "$here/share/." "$prefix/share/"
ln -s "../lib/$name/$name" "$prefix/bin/$name"
# A menu may know nothing of ~/.local/bin, so the entry names the program in full.
sed -i -e "s|^Exec=$name|Exec=\"$prefix/bin/$name\"|" -e "s|^TryExec=$name|TryExec=$prefix/bin/$name|" \
    "$prefix/share/applications/$name.desktop"
refresh
echo "Authws Desktop was installed in $prefix. Start it from the menu, or with $prefix/bin/$name"
