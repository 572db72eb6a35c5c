// Makes a picture small enough to be sent: at most 1,280 pixels wide and high, and 300 kB.

export const MOST_PX = 1280;
const MOST_BYTES = 300_000;
const QUALITIES = [0.85, 0.7, 0.55, 0.4];

/** Return the size a picture is drawn in. @param {number} width @param {number} height @param {number} most */
export function fitted(width, height, most = MOST_PX) {
  const scale = Math.min(1, most / Math.max(width, height));
  return { width: Math.max(1, Math.round(width * scale)), height: Math.max(1, Math.round(height * scale)) };
}

/** Return the content for a picture; `null` if it is none, or cannot be made small enough. @param {Blob} file @param {string} text for clients that show none */
export async function pictureOf(file, text) {
  let bitmap;
  try {
    bitmap = await createImageBitmap(file);
  } catch {
    return null;
  }
  // Smaller still, where no quality is low enough: a drawing of noise does not compress.
  for (let most = MOST_PX; most >= 320; most /= 2) {
    const size = fitted(bitmap.width, bitmap.height, most);
    const canvas = document.createElement('canvas');
    canvas.width = size.width;
    canvas.height = size.height;
    const context = canvas.getContext('2d');
    if (!context) return null;
    // JPEG has no transparency; a phone would make it black.
    context.fillStyle = '#fff';
    context.fillRect(0, 0, size.width, size.height);
    context.drawImage(bitmap, 0, 0, size.width, size.height);
    for (const quality of QUALITIES) {
      const data = canvas.toDataURL('image/jpeg', quality);
      if ((data.length * 3) / 4 <= MOST_BYTES) return { kind: 'image', data, ...size, text };
    }
  }
  return null;
}
