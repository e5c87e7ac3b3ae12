/** The keys of this process. The only place where anything is signed; no private key leaves it. */
import { addressOf, signDigest } from '@xln/shared/crypto/secp256k1.ts'
import { lazyEntityId } from '@xln/shared/entity/board.ts'
import type { Address, EntityId } from '@xln/shared/ids.ts'
import { KeystoreError } from './faults.ts'

/** One key, to be handed to what signs with it alone. */
export interface SigningKey {
  readonly address: Address
  /** 65 bytes r‖s‖v over 32 bytes. */
  sign(digest: Uint8Array): Uint8Array
}

const keyName = /^[A-Za-z][\w.-]{0,63}$/

export class Signers {
  readonly #keys = new Map<Address, Uint8Array>()
  readonly #addresses = new Map<string, Address>()

  /** Keys by name, each 32 bytes. Throws `key_invalid`. */
  static of(keys: Readonly<Record<string, Uint8Array>>): Signers {
    const signers = new Signers()
    for (const [name, key] of Object.entries(keys)) signers.add(name, key)
    return signers
  }

  /** Takes a copy of `privateKey`. Throws `key_exists` or `key_invalid`, and then holds what it held. */
  add(name: string, privateKey: Uint8Array): Address {
    if (this.#addresses.has(name)) throw new KeystoreError({ code: 'key_exists', name })
    const address = keyName.test(name) ? addressOfKey(privateKey) : undefined
    if (address === undefined) throw new KeystoreError({ code: 'key_invalid', name })
    this.#keys.set(address, privateKey.slice())
    this.#addresses.set(name, address)
    return address
  }

  /** 65 bytes r‖s‖v by the key of `address` over 32 bytes. Throws `key_unknown`. */
  sign(address: Address, digest: Uint8Array): Uint8Array {
    const key = this.#keys.get(address)
    if (key === undefined) throw new KeystoreError({ code: 'key_unknown', key: address })
    return signDigest(digest, key)
  }

  has(address: Address): boolean {
    return this.#keys.has(address)
  }

  /** In the order in which they were added. */
  names(): string[] {
    return [...this.#addresses.keys()]
  }

  /** Throws `key_unknown`. */
  addressOf(name: string): Address {
    const address = this.#addresses.get(name)
    if (address === undefined) throw new KeystoreError({ code: 'key_unknown', key: name })
    return address
  }

  /** Throws `key_unknown`. */
  keyOf(name: string): SigningKey {
    const address = this.addressOf(name)
    return { address, sign: (digest) => this.sign(address, digest) }
  }

  /** The lazy entity whose board is the key `name` alone. Throws `key_unknown`. */
  entityOf(name: string): EntityId {
    return lazyEntityId(this.addressOf(name))
  }
}

/** Undefined for bytes that are no private key: wrong length, zero, or not below the curve's order. */
function addressOfKey(privateKey: Uint8Array): Address | undefined {
  if (privateKey.length !== 32) return undefined
  try {
    return addressOf(privateKey)
  } catch {
    return undefined
  }
}
