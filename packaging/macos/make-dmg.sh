#!/bin/sh
# Puts the app into a disk image: make-dmg.sh APP IMAGE NOTICES
#
# Signing is done while PyInstaller builds, inside out, when AUTHWS_CODESIGN_IDENTITY names a certificate
# (see README.md in this folder). With AUTHWS_NOTARY_PROFILE, a profile stored by `xcrun notarytool
# store-credentials`, the image is notarised and stapled as well.
set -eu
app=$1 image=$2 notices=$3
volume=${VOLUME:-Authws Desktop}
folder=$(mktemp -d)
trap 'rm -rf "$folder"' EXIT

# What travels with the image must travel with the app that is dragged out of it, and be in its seal.
mkdir -p "$app/Contents/Resources/Licences"
cp "$notices"/* "$app/Contents/Resources/Licences/"
codesign --force --sign "${AUTHWS_CODESIGN_IDENTITY:--}" ${AUTHWS_CODESIGN_IDENTITY:+--timestamp} \
    --preserve-metadata=identifier,entitlements,flags,runtime "$app"
codesign --verify --deep --strict --verbose=1 "$app"
ditto "$app" "$folder/$(basename "$app")"
ln -s "$(basename "$app")/Contents/Resources/Licences" "$folder/Licences"
ln -s /Applications "$folder/Applications"
rm -f "$image"
# hdiutil now and then says "Resource busy" on hosted machines while Spotlight looks at the folder.
attempt=1
until hdiutil create -quiet -volname "$volume" -srcfolder "$folder" -fs HFS+ -format UDZO "$image"; do
    [ "$attempt" -lt 5 ] || exit 1
    attempt=$((attempt + 1))
    sleep 3
done
if [ -n "${AUTHWS_CODESIGN_IDENTITY:-}" ]; then
    codesign --sign "$AUTHWS_CODESIGN_IDENTITY" --timestamp "$image"
fi
if [ -n "${AUTHWS_NOTARY_PROFILE:-}" ]; then
    if [ -n "${AUTHWS_NOTARY_KEYCHAIN:-}" ]; then set -- --keychain "$AUTHWS_NOTARY_KEYCHAIN"; else set --; fi
    xcrun notarytool submit "$image" --keychain-profile "$AUTHWS_NOTARY_PROFILE" --wait "$@"
    xcrun stapler staple "$image"
    spctl --assess --type open --context context:primary-signature --verbose "$image"
fi
hdiutil verify -quiet "$image"
