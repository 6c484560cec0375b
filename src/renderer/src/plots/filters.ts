/** A filter as pixels. */

/**
 * Red, green, blue and opacity of [height, width, channels] weights, each filter on a scale of its own: 0 is the middle grey, and
 * the largest in size is black or white.
 */
export function pixelsOf(values: readonly number[], channels: 1 | 3): Uint8ClampedArray<ArrayBuffer> {
  const largest = Math.max(1e-12, ...values.map(Math.abs))
  const pixels = new Uint8ClampedArray((values.length / channels) * 4)
  for (let at = 0; at < values.length / channels; at++) {
    for (let channel = 0; channel < 3; channel++) {
      const value = values[channels === 3 ? at * 3 + channel : at] ?? 0
      pixels[4 * at + channel] = 127.5 * (1 + value / largest)
    }
    pixels[4 * at + 3] = 255
  }
  return pixels
}
