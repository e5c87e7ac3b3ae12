// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EntityId} from "../types/Ids.sol";

/// @notice What stands behind a member's id. Nested entities, BLS keys and contracts have their
/// numbers reserved here; a board that names them is refused until they are built.
enum MemberKind {
    Address,
    Entity,
    BlsKey,
    Contract
}

/// @notice One seat on a board.
/// @param kind What `id` is.
/// @param id An address left-padded to 32 bytes and not zero, another entity's id, or the hash of a BLS key.
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
/// @dev Signature forms, told apart by length and first byte:
/// - exactly 65 bytes `r ‖ s ‖ v`: ECDSA over the digest itself, by the one member of a board of one
///   (threshold 1, weight 1, kind Address);
/// - `0x01 ‖ abi.encode(Board board, uint256 bitmap, bytes[] signatures)`: the members whose bit is
///   set, each ECDSA over `EntitySignature(entityId, digest)`, in the order of their bits; every one
///   that is shown must be right, and bits beyond the members are refused;
/// - `0x04 ‖ abi.encode(bytes32 root, bool unanimous, uint256 index, bytes32[] path, bytes inner)`:
///   `inner` is one of the forms above over `SignedRoot(entityId, root, unanimous)`, and `path`, of at
///   most 32 nodes, leads from this digest, the leaf number `index`, to `root`; with `unanimous`, no
///   member of the board may be absent from `inner`;
/// - `0x02` and `0x03` are kept for BLS boards and ERC-1271 members.
/// Both tagged forms count only as `abi.encode` writes them, with nothing between or behind.
/// Leaves are `keccak256(0x00 ‖ digest)`, nodes `keccak256(0x01 ‖ left ‖ right)`; bit `i` of `index`
/// set means that the node of level `i` is the right one; `index < 2^path.length`.
///
/// EIP-712 domain: `EIP712Domain(name "XLN EntityProvider", version "1", chainId, verifyingContract)`.
/// `EntitySignature(bytes32 entityId,bytes32 digest)`,
/// `SignedRoot(bytes32 entityId,bytes32 root,bool unanimous)`.
///
/// Malleable (high s), zero and duplicate signatures are refused. A malformed signature is invalid,
/// it never reverts the caller's transaction for another reason than gas.
interface IEntityProvider {
    /// @notice `entity` exists from now on, decided for by the board with this hash.
    event EntityRegistered(EntityId indexed entity, bytes32 indexed boardHash);

    /// @notice The board is not one that can decide: no members, more than 32, not strictly
    /// ascending, an id that no address is, a weight of zero, a threshold of zero or beyond the total, or
    /// a kind not yet built.
    error BoardInvalid();

    /// @notice Registers an entity with the next number. Anyone may, for any board.
    /// @return entity The new number, left-padded. The first is 1.
    function register(Board calldata board) external returns (EntityId entity);

    /// @notice The board that decides for a registered entity, or the id itself of a lazy one; zero
    /// for a number that is not registered.
    function boardHashOf(EntityId entity) external view returns (bytes32);

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
    /// but makes no debt for its entity. Always false until boards can be replaced.
    function isValidProofSignature(
        EntityId entity,
        bytes32 digest,
        bytes calldata signature
    ) external view returns (bool valid, bool outgoing);

    /// @notice The EIP-712 domain separator of this contract.
    function domainSeparator() external view returns (bytes32);
}
