// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EntityId, TokenId} from "../types/Ids.sol";

/// @notice The first byte of a {TokenId}.
enum TokenKind {
    Ether,
    Erc20,
    Erc721,
    Erc1155
}

/// @notice What a {TokenId} of kind ERC-721 or ERC-1155 stands for.
/// @param collection The token contract; zero for a token that never arrived.
/// @param id The token's number in it.
/// @param held What the Gate holds of it for reserves and channels: 0 or 1 of an ERC-721.
struct Asset {
    TokenKind kind;
    address collection;
    uint256 id;
    uint256 held;
}

/// @notice An owner's word that `amount` of his ERC-20 is for the reserve of `entity`, and no other.
/// @param nonce {IGate.depositNonceOf} the owner, sequential from 0.
/// @param deadline Unix seconds; executed at or before.
struct SignedDeposit {
    address owner;
    EntityId entity;
    TokenId token;
    uint256 amount;
    uint256 nonce;
    uint256 deadline;
}

/// @notice An owner's EIP-2612 permit, with the Depository as spender; with `v` 0 there is none.
struct Permit {
    uint256 amount;
    uint256 deadline;
    uint8 v;
    bytes32 r;
    bytes32 s;
}

/// @notice An owner's ERC-3009 authorization to the Depository, whose nonce names the beneficiary:
/// `keccak256(abi.encode(entity, salt))`.
struct Authorization {
    address owner;
    EntityId entity;
    TokenId token;
    uint256 amount;
    uint256 validAfter;
    uint256 validBefore;
    bytes32 salt;
    uint8 v;
    bytes32 r;
    bytes32 s;
}

/// @title IGate
/// @notice The Depository's second door: takes in what needs more than {IDepository.deposit}, and holds
/// what is not fungible.
/// @dev The Depository makes it, and it serves that one alone; nobody owns it. Ether and ERC-20 lie at the
/// Depository, ERC-721 and ERC-1155 lie here. So no call that moves the one can ever move the other: the
/// `transfer(to, amount)` by which an ERC-20 leaves would, on some contracts, be the transfer of the
/// collectible with that number. Between ERC-721 and ERC-1155, a contract has the kind of its first
/// arrival for ever.
///
/// Under the Depository's EIP-712 domain:
/// `Deposit(bytes32 entity,bytes32 token,uint256 amount,uint256 nonce,uint256 deadline)`, by the key of its
/// owner (contracts, which have none, call {IDepository.deposit} themselves).
interface IGate {
    /// @notice `token` stands for number `id` of `collection` from now on: said once, at its first arrival.
    event AssetNamed(TokenId indexed token, TokenKind kind, address indexed collection, uint256 id);

    /// @notice A deposit signed by `owner` was made, using up `nonce`.
    event DepositSigned(address indexed owner, uint256 nonce);

    error NotDepository(address caller);
    error EntityMissing();
    error DataInvalid(uint256 length);
    error KindWrong(address collection, TokenKind kind, TokenKind first);
    error DepositNonceWrong(address owner, uint256 nonce, uint256 expected);
    error DepositExpired(uint256 deadline, uint256 timestamp);
    error DepositSignatureInvalid(address owner, bytes32 digest);

    // ─── Ways in ────────────────────────────────────────────────────────────────────────────────

    /// @notice Pulls an ERC-721 from the caller, who has approved the Gate, for the reserve of `entity`.
    /// @dev Or send it here by `safeTransferFrom` with `data = abi.encode(entity)`; an ERC-1155 likewise.
    function depositErc721(EntityId entity, address collection, uint256 id) external;

    /// @notice Pulls an ERC-1155 from the caller, who has approved the Gate; credits what really came.
    function depositErc1155(
        EntityId entity,
        address collection,
        uint256 id,
        uint256 amount
    ) external;

    /// @notice Deposits an ERC-20 for its owner, who signed for this beneficiary; anyone may relay it.
    /// @dev A permit that fails is no error: it may have been used already, and the allowance decides.
    function depositWithPermit(
        SignedDeposit calldata item,
        Permit calldata permit,
        bytes calldata signature
    ) external;

    /// @notice Deposits an ERC-20 by its owner's ERC-3009 authorization; anyone may relay it.
    function depositWithAuthorization(Authorization calldata item) external;

    // ─── The way out ────────────────────────────────────────────────────────────────────────────

    /// @notice Gives `amount` of `token` to `to` by its safe transfer, or reverts; for the Depository alone.
    function release(TokenId token, address to, uint256 amount) external;

    // ─── Views ──────────────────────────────────────────────────────────────────────────────────

    /// @notice The Depository that this Gate serves.
    function depository() external view returns (address);

    function assetOf(TokenId token) external view returns (Asset memory);

    /// @notice The kind of a token contract; {TokenKind.Ether} before anything of it has arrived.
    function kindOf(address collection) external view returns (TokenKind);

    /// @notice The nonce of the owner's next {SignedDeposit}.
    function depositNonceOf(address owner) external view returns (uint256);

    /// @notice How number `id` of a collection is named: the kind in the first byte, and the low 31
    /// bytes of `keccak256(abi.encode(collection, id))`.
    function tokenIdOf(
        TokenKind kind,
        address collection,
        uint256 id
    ) external pure returns (TokenId);
}
