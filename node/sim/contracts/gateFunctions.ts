/** The functions of the Gate. */
import { hexToBytes } from '@xln/shared/bytes.ts'
import { assetTokenId } from '@xln/shared/depository/tokenIds.ts'
import {
  type Address,
  type EntityId,
  type Hash,
  type Hex,
  parseAddress,
  type TokenId,
} from '@xln/shared/ids.ts'
import type { Functions } from './functions.ts'
import {
  type Arrival,
  ASSET_KINDS,
  depositWithAuthorization,
  depositWithPermit,
  pullAsset,
  receive,
} from './gate.ts'
import { revert, revertWithoutReason } from './reverts.ts'

/** What each hook answers. */
const TAKEN = { erc721: '0x150b7a02', erc1155: '0xf23a6e61', batch: '0xbc197c81' }
const INTERFACES = ['0x01ffc9a7', '0x150b7a02', '0x4e2312e0']
const NOWHERE = `0x${'00'.repeat(20)}`

type Struct = Readonly<Record<string, unknown>>

export const gateFunctions: Functions = {
  depositErc721(frame, [entity, collection, id]) {
    pullAsset(frame, entity as EntityId, arrivalOf('erc721', collection, id, 1n))
    return []
  },
  depositErc1155(frame, [entity, collection, id, amount]) {
    pullAsset(frame, entity as EntityId, arrivalOf('erc1155', collection, id, amount))
    return []
  },
  depositWithPermit(frame, [item, permit, signature]) {
    const { amount, deadline, v, r, s } = permit as Struct
    const shown = v === 0n ? undefined : [amount, deadline, v, r, s]
    const { nonce, deadline: until } = item as { nonce: bigint; deadline: bigint }
    const deposit = { ...depositOf(item), nonce, deadline: until }
    depositWithPermit(frame, deposit, shown, hexToBytes(signature as Hex))
    return []
  },
  depositWithAuthorization(frame, [item]) {
    const { validAfter, validBefore, salt, v, r, s } = item as Struct
    const validity = [validAfter, validBefore]
    depositWithAuthorization(frame, depositOf(item), salt as Hash, validity, [v, r, s])
    return []
  },
  onERC721Received(frame, [, , id, data]) {
    receive(frame, arrivalOf('erc721', frame.sender, id, 1n), data as Hex)
    return [TAKEN.erc721]
  },
  onERC1155Received(frame, [, , id, amount, data]) {
    receive(frame, arrivalOf('erc1155', frame.sender, id, amount), data as Hex)
    return [TAKEN.erc1155]
  },
  onERC1155BatchReceived(frame, [, , ids, amounts, data]) {
    const counts = amounts as readonly bigint[]
    if ((ids as unknown[]).length !== counts.length) revert('DataInvalid', counts.length)
    for (const [place, id] of [...(ids as bigint[])].entries()) {
      receive(frame, arrivalOf('erc1155', frame.sender, id, counts[place]), data as Hex)
    }
    return [TAKEN.batch]
  },
  release: ({ sender }) => revert('NotDepository', sender),

  depository: ({ domain }) => [domain.depository],
  assetOf({ world }, [token]) {
    const asset = world.assets.get(token as TokenId)
    if (asset === undefined) return [[0, NOWHERE, 0n, 0n]]
    const { kind, collection, id, held } = asset
    return [[ASSET_KINDS[kind], collection, id, held]]
  },
  kindOf({ world }, [collection]) {
    const kind = world.kinds.get(parseAddress(collection as string))
    return [kind === undefined ? 0 : ASSET_KINDS[kind]]
  },
  depositNonceOf: ({ world }, [owner]) => [
    world.depositNonces.get(parseAddress(owner as string)) ?? 0n,
  ],
  tokenIdOf(_, [kind, collection, id]) {
    if ((kind as bigint) > 3n) revertWithoutReason()
    const token = assetTokenId('erc721', parseAddress(collection as string), id as bigint)
    return [`0x0${kind}${token.slice(4)}`]
  },
  supportsInterface: (_, [interfaceId]) => [INTERFACES.includes(interfaceId as Hex)],
}

function arrivalOf(
  kind: Arrival['kind'],
  collection: unknown,
  id: unknown,
  amount: unknown,
): Arrival {
  const address: Address = parseAddress(collection as string)
  return { kind, collection: address, id: id as bigint, amount: amount as bigint }
}

function depositOf(item: unknown) {
  const { owner, entity, token, amount } = item as Struct
  return {
    owner: parseAddress(owner as string),
    entity: entity as EntityId,
    token: token as TokenId,
    amount: amount as bigint,
  }
}
