/**
 * What every environment that runs shared/ offers beyond the language. Kept to this, so that the
 * type checker finds whatever else would tie shared/ to Node or to the browser.
 */

declare class TextEncoder {
  encode(text: string): Uint8Array<ArrayBuffer>
}

declare class TextDecoder {
  constructor(label?: string, options?: { fatal?: boolean; ignoreBOM?: boolean })
  decode(bytes: Uint8Array): string
}
