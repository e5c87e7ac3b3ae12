// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EntityId} from "../types/Ids.sol";
import {Tenure} from "../types/Registry.sol";

/// @notice What stands behind a member's id.
enum MemberKind {
    Address,
    Entity,
    BlsKey,
    Contract
}

/// @notice One seat on a board.
/// @param kind What `id` is. An Address signs by ECDSA, whatever code it has; a Contract answers for itself
/// (ERC-1271), for entity actions and settlements only.
/// @param id An address left-padded to 32 bytes, another entity's id, or the id of a registered BLS key;
/// not zero.
/// @param weight What its vote counts, at least 1.
struct Member {
    MemberKind kind;
    bytes32 id;
    uint64 weight;
}

/// @notice Who decides for an entity.
/// @param threshold The weight of votes that decides, `1 ≤ threshold ≤ Σ weight`.
/// @param members Strictly ascending by id, 1 to 32 of them.
struct Board {
    uint64 threshold;
    Member[] members;
}

/// @title IEntityProvider
/// @notice Who an entity is, and whether an entity has signed a digest.
/// @dev Signature forms, told apart by length and first byte; all numbers are big endian:
/// - exactly 65 bytes `r ‖ s ‖ v`: ECDSA over the digest itself, by the one member of a board of one
///   (threshold 1, weight 1, kind Address). Not in a nested entity's slot: the digest there does not
///   name the entity, and would count for every seat that the key can fill;
/// - `0x01 ‖ threshold 8 ‖ members 1 ‖ bitmap 4 ‖ for each member kind 1 ‖ weight 8 ‖ id ‖ signature`: a
///   listed board, shown whole. An id has 20 bytes for Address and Contract, 32 for Entity and BlsKey. A
///   signature stands where the member's bit (the first is the lowest) is set, over
///   `EntitySignature(entityId, digest)`: 65 bytes of an Address; key 96 ‖ signature 192 of a BlsKey;
///   `length 2 ‖ bytes` of a Contract; `length 2 ‖ form` of an Entity, where `form` is any of these over
///   that wrapped digest. Everyone who is shown must be right; bits beyond the members are refused;
/// - `0x02 ‖ threshold 8 ‖ total weight 8 ‖ aggregate key 96 ‖ members' root 32 ‖ signature 192 ‖ depth 1 ‖
///   for each absent member index 4 ‖ key 96 ‖ weight 8 ‖ path 32·depth`: a board of BLS keys that
///   {checkKeys} has checked; one aggregated signature over `EntitySignature(entityId, digest)` of all
///   but the absent, who are shown in ascending order. Without any, depth is 0;
/// - `0x04 ‖ abi.encode(bytes32 root, bool unanimous, uint256 index, bytes32[] path, bytes inner)`:
///   `inner` is one of the forms above over `SignedRoot(entityId, root, unanimous)`, and `path`, of at
///   most 32 nodes, leads from this digest, the leaf number `index`, to `root`; with `unanimous`, no
///   member may be absent from `inner`, at any depth, whatever a root within says. It counts only as
///   `abi.encode` writes it, with nothing between or behind.
/// Leaves are `keccak256(0x00 ‖ digest)`, nodes `keccak256(0x01 ‖ left ‖ right)`; bit `i` of `index`
/// set means that the node of level `i` is the right one; `index < 2^path.length`.
///
/// A signature has at most 4 boards above each other and names at most 16 entities, each of them once.
/// A Contract is called with 100,000 gas, a precompile with twice its price: in full, or the call reverts
/// with `IDepository.GasTooLow`.
///
/// BLS keys are in G1 and signatures in G2, both in the 96 and 192 bytes that blst calls uncompressed, by
/// Ethereum's ciphersuite `BLS_SIG_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_`.
///
/// EIP-712 domain: `EIP712Domain(name "XLN EntityProvider", version "1", chainId, verifyingContract)`.
/// `EntitySignature(bytes32 entityId,bytes32 digest)`,
/// `SignedRoot(bytes32 entityId,bytes32 root,bool unanimous)`,
/// `BoardReplacement(bytes32 entityId,bytes32 boardHash,uint64 nonce)`,
/// `NameClaim(bytes32 entityId,bytes32 name,uint64 nonce)`,
/// `NameTransfer(bytes32 entityId,bytes32 name,bytes32 to,uint64 nonce)`.
///
/// Malleable (high s), zero and duplicate signatures are refused. A malformed signature is invalid,
/// it never reverts the caller's transaction for another reason than gas.
interface IEntityProvider {
    /// @notice `entity` exists from now on, decided for by the board with this hash.
    event EntityRegistered(EntityId indexed entity, bytes32 indexed boardHash);

    /// @notice The board with this hash has been shown to be one that can decide.
    event BoardChecked(bytes32 indexed boardHash);

    /// @notice Somebody possesses the secret of this key.
    event KeyRegistered(bytes32 indexed keyId, bytes key);

    /// @notice The board with this hash may follow from this second on; zero: none is to follow.
    /// @param nonce The entity's next.
    event BoardDecided(
        EntityId indexed entity,
        bytes32 indexed boardHash,
        uint64 nextFrom,
        uint64 nonce
    );

    /// @notice `boardHash` decides for `entity` from now on; `outgoing` is good for evidence, and for that
    /// only, until `outgoingUntil`.
    event BoardReplaced(
        EntityId indexed entity,
        bytes32 indexed boardHash,
        bytes32 indexed outgoing,
        uint64 outgoingUntil
    );

    /// @notice `name` means `entity` from now on.
    /// @param nonce The next of the entity that decided so.
    event NameOwned(bytes32 indexed name, EntityId indexed entity, uint64 nonce);

    /// @notice The board is not one that can decide: no members, more than 32, not strictly ascending, an
    /// id that no address is, a weight of zero, a threshold of zero or beyond the total; of keys, one
    /// that is not registered, or a sum at infinity; a hash that has not been checked, or that of
    /// the board in office.
    error BoardInvalid();

    /// @notice The proof does not show that anybody possesses the secret of the key.
    error PossessionNotShown();

    /// @notice There is no entity with this number.
    error NotRegistered(EntityId entity);

    /// @notice The entity has not signed this digest.
    error SignatureInvalid(EntityId entity, bytes32 digest);

    /// @notice The nonce is not the entity's next.
    error NonceWrong(uint64 given, uint64 next);

    /// @notice No board is to follow.
    error NothingDecided(EntityId entity);

    /// @notice The board may take over from this second on.
    error TooEarly(uint64 from);

    /// @notice A name has 3 to 32 of `a-z`, `0-9` and `-`, with no `-` at its ends, and zero bytes behind.
    error NameInvalid(bytes32 name);

    /// @notice The name is another's; zero: nobody's.
    error NameTaken(bytes32 name, EntityId owner);

    /// @notice Registers an entity with the next number. Anyone may, for any board.
    /// @return entity The new number, left-padded. The first is 1.
    function register(Board calldata board) external returns (EntityId entity);

    /// @notice The same for a board that has been checked, of keys or listed.
    function registerChecked(bytes32 boardHash) external returns (EntityId entity);

    /// @notice Shows that a listed board can decide, so that an entity can choose it by its hash.
    function checkBoard(Board calldata board) external returns (bytes32 boardHash);

    /// @notice Registers a BLS key: only registered keys sit on boards.
    /// @dev Else a member could name as his own what is left of a sum when the others' keys are taken off
    /// it, and sign for all of them alone. Again for a registered key, changes nothing.
    /// @param key 96 bytes.
    /// @param proof 192 bytes: its signature over its own 48 compressed bytes, under the tag
    /// `BLS_POP_BLS12381G2_XMD:SHA-256_SSWU_RO_POP_`.
    /// @return keyId The hash of `key`.
    function registerKey(bytes calldata key, bytes calldata proof) external returns (bytes32 keyId);

    /// @notice Shows that a board of BLS keys can decide; before that its signatures are refused. Anyone
    /// may, once for each board.
    /// @param members `key 96 ‖ weight 8` of each, strictly ascending by the id of the key.
    /// @return boardHash `keccak256(abi.encode(uint8(2), threshold, totalWeight, bytes32[3] aggregateKey,
    /// membersRoot))`, the id of its lazy entity. The leaves under `membersRoot` are those of
    /// `keccak256(key ‖ weight)`, in their order; where they end, the missing half of a node is zero.
    function checkKeys(
        uint64 threshold,
        bytes calldata members
    ) external returns (bytes32 boardHash);

    /// @notice Decides that another board shall follow, from two days later on.
    /// @dev Overrules what was decided before. Signed by the board of today, over `BoardReplacement`; one
    /// that is a single address may call without a signature.
    /// @param boardHash Of a board that has been checked; zero so that none follows.
    function replaceBoard(
        EntityId entity,
        bytes32 boardHash,
        uint64 nonce,
        bytes calldata signature
    ) external;

    /// @notice Lets the board take over that is to follow. Anyone may, once it is time.
    /// @dev Not while an earlier outgoing board is in its grace, which lasts 14 days. While a decision of
    /// the shareholders stands ({IShares}), none but theirs follows; with it, what the board had decided is void.
    function activateBoard(EntityId entity) external;

    /// @notice Takes a name that nobody has, for good. Signed over `NameClaim`, or called, as above.
    /// @dev First come, first served: whoever sees a claim coming can be faster.
    /// @param name Its characters, filled up with zero bytes behind.
    function claimName(
        EntityId entity,
        bytes32 name,
        uint64 nonce,
        bytes calldata signature
    ) external;

    /// @notice Gives a name of `entity` to the registered entity `to`. Signed over `NameTransfer`, or called,
    /// as above.
    function transferName(
        EntityId entity,
        bytes32 name,
        EntityId to,
        uint64 nonce,
        bytes calldata signature
    ) external;

    /// @notice The board that decides for a registered entity, or the id itself of a lazy one; zero
    /// for a number that is not registered.
    function boardHashOf(EntityId entity) external view returns (bytes32);

    /// @notice Who decides for a registered entity, with who did and who will; all zero for another.
    function tenureOf(EntityId entity) external view returns (Tenure memory);

    /// @notice The registered entity that has a name; zero if none has.
    function ownerOf(bytes32 name) external view returns (EntityId);

    /// @notice Whether a board has been shown to be one that can decide.
    function isBoardChecked(bytes32 boardHash) external view returns (bool);

    /// @notice Whether a BLS key is registered.
    function isKeyRegistered(bytes32 keyId) external view returns (bool);

    /// @notice `keccak256(abi.encode(uint8(1), board))`: the id of a lazy entity with this board.
    function hashBoard(Board calldata board) external pure returns (bytes32);

    /// @notice The lazy entity whose board is this one address.
    function soleEntity(address member) external pure returns (EntityId);

    /// @notice Whether `member` alone is the board of `entity`, so that a call from it needs no signature.
    function isSoleMember(EntityId entity, address member) external view returns (bool);

    /// @notice Whether `entity` has signed `digest`, for an entity action or a settlement.
    function isValidEntitySignature(
        EntityId entity,
        bytes32 digest,
        bytes calldata signature
    ) external view returns (bool);

    /// @notice Whether `entity` has signed `digest`, for dispute evidence: only signatures that
    /// cannot be taken back count (ECDSA by `ecrecover` whatever code the address has, and BLS), at
    /// every depth; never ERC-1271.
    /// @return valid Whether it counts as evidence.
    /// @return outgoing Whether it rests on a board in its grace period: it may then move collateral
    /// but makes no debt for its entity.
    function isValidProofSignature(
        EntityId entity,
        bytes32 digest,
        bytes calldata signature
    ) external view returns (bool valid, bool outgoing);

    /// @notice The {IShares} of registered entities.
    function shares() external view returns (address);

    /// @notice The EIP-712 domain separator of this contract.
    function domainSeparator() external view returns (bytes32);
}
