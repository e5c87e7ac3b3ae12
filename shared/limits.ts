/**
 * What foreign bytes may hold at most. A decoder refuses more, so that no message makes a side
 * allocate, hash or store without bound. Both sides of a channel must agree on them: they are part of
 * the rules' version.
 */

// ─── A channel block ────────────────────────────────────────────────────────────────────────────

/** Bytes of one encoded channel block. */
export const BLOCK_BYTES_MAX = 262_144

/** Transactions of one block, direct payments included: so many fit into its bytes. */
export const BLOCK_TRANSACTIONS_MAX = 8_192

/** Transactions of one block other than direct payments: these cost a signer more than an addition. */
export const BLOCK_OTHER_TRANSACTIONS_MAX = 512

/** Bytes of a direct payment's memo. */
export const MEMO_BYTES_MAX = 256

/** Locks of one route, one after another. */
export const HOPS_MAX = 20

/** Bytes of a lock's onion, at most 100 for each hop. */
export const ONION_BYTES_MAX = 2_048

/** Bytes of a note. */
export const NOTE_BYTES_MAX = 1_024

/** Tokens that one settlement moves. */
export const SETTLEMENT_DIFFS_MAX = 32

/** Debts that one settlement forgives. */
export const SETTLEMENT_FORGIVENESS_MAX = 64

// ─── A channel's mutual state ───────────────────────────────────────────────────────────────────

/** Tokens of a channel: the Depository's `BODY_TOKENS_MAX`. */
export const CHANNEL_TOKENS_MAX = 32

/** Open locks of a channel, of both sides together. */
export const CHANNEL_LOCKS_MAX = 512

/** Open offers of a channel, of both sides together; the ratios for all fit into one side's arguments. */
export const CHANNEL_OFFERS_MAX = 64

/** Bytes of an encoded mutual state: what the three above add up to, rounded up. */
export const MUTUAL_BYTES_MAX = 81_920

// ─── The Depository's own limits ────────────────────────────────────────────────────────────────

/** The shortest and the longest dispute window, seconds. */
export const DISPUTE_WINDOW_MIN = 600
export const DISPUTE_WINDOW_MAX = 604_800

/** The window of a channel whose first block does not say another, seconds: one day. */
export const DISPUTE_WINDOW_DEFAULT = 86_400

/** How long after a proof's deadline a clause may keep the dispute open, seconds. */
export const PENDING_MAX = 1_209_600

/** Bytes of all clauses of a proof body together, and the gas that they may be granted. */
export const BODY_BYTES_MAX = 65_536
export const BODY_GAS_MAX = 3_200_000

/** Bytes of arguments that a side may commit for one body. */
export const ARGUMENTS_MAX = 2_048

/** Further tokens that a side may name in one dispute. */
export const NAMED_TOKENS_MAX = 16

/**
 * How far ahead of its block a lock or an offer may end, seconds: no longer than the Depository waits
 * for a clause after a dispute's deadline.
 */
export const CLAUSE_LIFE_MAX_SECONDS = PENDING_MAX

// ─── Numbers ────────────────────────────────────────────────────────────────────────────────────

/**
 * The largest amount of one payment, lock or offer: 2^118 − 1. The sum of all that can be held at once
 * then stays far below the 2^128 − 1 of an allowance.
 */
export const AMOUNT_MAX = (1n << 118n) - 1n

/** The largest unix second, dispute term or other time: six bytes. */
export const TIME_MAX = 0xffff_ffff_ffff

/** The largest height: `2 · height + 1` must stay below 2^48 in a dispute nonce. */
export const HEIGHT_MAX = 0x7fff_ffff_ffff

/** The largest reason with which a payee cancels or a side refuses. */
export const REASON_MAX = 0xffff

/** A fill ratio counts in parts of this. */
export const RATIO_MAX = 0xffff_ffff

// ─── Signatures and messages ────────────────────────────────────────────────────────────────────

/** Members of a board, as in the EntityProvider. */
export const BOARD_MEMBERS_MAX = 32

/** Nodes of a Merkle path below a signed root, as in the EntityProvider. */
export const SIGNED_ROOT_PATH_MAX = 32

/** Boards above each other in one signature, the outermost included, as in the EntityProvider. */
export const BOARD_DEPTH_MAX = 4

/** Entities that one signature names, the outermost included, as in the EntityProvider. */
export const SIGNATURE_ENTITIES_MAX = 16

/**
 * Bytes of the longest signature that a node takes: room for two full boards of addresses, one within the
 * other, below a root with the longest path. The chain takes longer ones.
 */
export const SIGNATURE_BYTES_MAX = 10_000

/** Bytes of a channel message that proposes, acknowledges or refuses: a block and four signatures. */
export const MESSAGE_BYTES_MAX = BLOCK_BYTES_MAX + 40_960

/** Blocks that a side may have signed above the newest one that counts. */
export const SIGNED_BLOCKS_MAX = 3

/** Bytes of a message that shows a channel: its state, and a block's header with both signatures. */
export const SHOW_BYTES_MAX = MUTUAL_BYTES_MAX + 20_480
