// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EntityId, TokenId} from "../types/Ids.sol";

// ─── What a batch holds ─────────────────────────────────────────────────────────────────────────

/// @notice Moves `amount` out of the acting entity's reserve to an address outside.
struct Withdrawal {
    TokenId token;
    address to;
    uint256 amount;
}

/// @notice Moves `amount` from the acting entity's reserve to another's.
/// @param to Zero, which no entity is, means the lazy entity whose one member sends the transaction: so a
/// batch pays whoever relays it.
struct Transfer {
    TokenId token;
    EntityId to;
    uint256 amount;
}

/// @notice One channel that gets collateral: that of `Funding.receiver` with `peer`.
struct TopUp {
    EntityId peer;
    uint128 amount;
}

/// @notice Moves part of the acting entity's reserve into channels of `receiver` (usually itself), as
/// the receiver's own share in each.
struct Funding {
    TokenId token;
    EntityId receiver;
    TopUp[] topUps;
}

/// @notice How one token moves in a settlement: `leftDiff + rightDiff + collateralDiff = 0`.
struct TokenDiff {
    TokenId token;
    int256 leftDiff;
    int256 rightDiff;
    int256 collateralDiff;
    int256 ondeltaDiff;
}

/// @notice A debt between the two sides that its creditor lets go in a settlement.
/// @param leftOwes Whose queue it stands in: left's, or right's.
/// @param index Its place in the debtor's queue of this token.
struct Forgiveness {
    TokenId token;
    bool leftOwes;
    uint256 index;
}

/// @notice A cooperative settlement with `peer`, who signed it. {SettlementForm} says how it is written in a batch.
/// @param cooperativeNonce The one stored now.
/// @param newNonce The one it sets: greater, with the same upper 32 bits.
/// @param deadline Unix seconds; executed at or before.
/// @param diffs Strictly ascending by token.
/// @param forgiveness Strictly ascending by token, then what right owes before what left owes, then
/// index. What is forgiven does no more stand in the way of what `diffs` spend.
struct Settlement {
    EntityId peer;
    uint64 cooperativeNonce;
    uint64 newNonce;
    uint64 deadline;
    TokenDiff[] diffs;
    Forgiveness[] forgiveness;
    bytes peerSignature;
}

/// @notice What both sides sign with every channel block; EIP-712 `DisputeProof` adds channel key and
/// cooperative nonce.
/// @param disputeNonce `term · 2^48 + 2 · height + (proposed by left ? 1 : 0)`.
/// @param disputeWindow Seconds, between the two of {IDepository.limits}.
/// @param proofBodyHash `keccak256(abi.encode(ProofBody))`.
/// @param blockHash Opaque: binds the channel block to the same signature.
struct Proof {
    uint96 disputeNonce;
    uint32 disputeWindow;
    bytes32 proofBodyHash;
    bytes32 blockHash;
}

/// @notice Opens a dispute with `peer` (or counters in an open one), showing the peer's signature.
/// @dev With `disputeNonce` 0 everything else in `proof` must be zero and `peerSignature` empty: the
/// proof of the empty body, with the longest window.
struct DisputeStart {
    EntityId peer;
    uint64 cooperativeNonce;
    Proof proof;
    bytes peerSignature;
}

/// @notice Replaces the standing proof by a higher one, showing both signatures.
struct DisputeCounter {
    EntityId left;
    EntityId right;
    uint64 cooperativeNonce;
    Proof proof;
    bytes leftSignature;
    bytes rightSignature;
}

/// @notice What the acting entity gives to the clauses of one proof body of its channel with `peer`,
/// and the further tokens it wants closed.
/// @param proofBodyHash The body that `data` is for; 0 when only tokens are named.
/// @param data At most as many bytes as {IDepository.limits} says; once per side and body.
/// @param tokens Strictly ascending, as many as {IDepository.limits} says; once per side and dispute.
struct DisputeArguments {
    EntityId peer;
    bytes32 proofBodyHash;
    bytes data;
    TokenId[] tokens;
}

/// @notice How far one clause may move one delta: up by at most `rightAllowance`, down by at most
/// `leftAllowance`.
struct Allowance {
    uint16 deltaIndex;
    uint128 leftAllowance;
    uint128 rightAllowance;
}

/// @notice A conditional entry of a proof body.
/// @param provider The contract that judges it, an {ISubcontractProvider}.
/// @param gasLimit What it is granted, exactly.
/// @param until While it is pending and this has not passed, the dispute cannot end.
/// @param batch The provider's own encoding.
/// @param allowances Unique by `deltaIndex`, strictly ascending.
struct Clause {
    address provider;
    uint64 gasLimit;
    uint64 until;
    bytes batch;
    Allowance[] allowances;
}

/// @notice The off-chain half of a channel, as signed for court.
struct ProofBody {
    TokenId[] tokenIds;
    int128[] offdeltas;
    Clause[] clauses;
}

/// @notice Ends the dispute between `left` and `right`.
/// @dev Whatever was committed must be shown again: arguments for this body and named tokens, each
/// held against its stored hash; empty where nothing was committed.
struct DisputeFinalise {
    EntityId left;
    EntityId right;
    ProofBody body;
    bytes leftArguments;
    bytes rightArguments;
    TokenId[] leftTokens;
    TokenId[] rightTokens;
}

/// @notice Everything one entity does at once, in the order of the fields. {BatchLists} says how it is
/// written as bytes: only the lists that have items are there.
/// @param atomic Whether an item that would be skipped reverts the whole batch instead.
/// @param secrets Published through {IDepository.secretRegistry}.
struct Batch {
    bool atomic;
    Withdrawal[] withdrawals;
    Transfer[] transfers;
    Funding[] fundings;
    Settlement[] settlements;
    DisputeStart[] starts;
    DisputeCounter[] counters;
    DisputeArguments[] arguments;
    DisputeFinalise[] finalises;
    bytes32[] secrets;
}

// ─── What the Depository remembers ──────────────────────────────────────────────────────────────

/// @notice One token of one channel.
struct Collateral {
    uint128 collateral;
    int128 ondelta;
}

/// @notice Who posted the standing proof: a third party, left's entity action, or right's.
enum Poster {
    Anyone,
    Left,
    Right
}

/// @notice A channel's nonce and its dispute, one storage slot and one hash.
/// @param deadline Unix seconds; 0 when no dispute is open. Countered before it, finalised from it on.
struct ChannelState {
    uint64 cooperativeNonce;
    uint96 standingNonce;
    uint48 startHeight;
    uint40 deadline;
    bool startedByLeft;
    Poster poster;
    bytes32 proofBodyHash;
}

/// @notice What a debtor owes a creditor: one entry of a queue.
/// @param since Unix seconds.
struct Debt {
    EntityId creditor;
    uint216 amount;
    uint40 since;
}

/// @notice The bounds on everything that is signed or committed for a dispute, and on debts.
/// @param windowMin The shortest dispute window, seconds.
/// @param windowMax The longest dispute window, seconds.
/// @param argumentsMax The most bytes of arguments a side may commit for one body.
/// @param namedTokensMax The most further tokens a side may name.
/// @param bodyTokensMax The most tokens in a proof body.
/// @param bodyClausesMax The most clauses in a proof body.
/// @param bodyBytesMax The most bytes of all clause batches of a proof body together.
/// @param bodyGasMax The most gas that all clauses of a proof body may be granted together.
/// @param pendingMax How long after a proof's deadline a clause may keep the dispute open, seconds.
/// @param debtsPerExitMax The most debts that one exit from a reserve pays.
struct DepositoryLimits {
    uint32 windowMin;
    uint32 windowMax;
    uint256 argumentsMax;
    uint256 namedTokensMax;
    uint256 bodyTokensMax;
    uint256 bodyClausesMax;
    uint256 bodyBytesMax;
    uint256 bodyGasMax;
    uint256 pendingMax;
    uint256 debtsPerExitMax;
}

/// @title IDepository
/// @notice Holds every entity's reserves, the collateral between every two of them, and judges their
/// disputes by what both have signed.
/// @dev What it takes for granted and never checks: a token does not take back what it credited (no
/// rebasing); an entity's board is what its {IEntityProvider} says at the time of the call.
///
/// EIP-712 domain: `EIP712Domain(name "XLN Depository", version "1", chainId, verifyingContract)`.
/// - `Batch(bytes32 entity,bytes batch,uint64 nonce,uint64 validUntil)`; `batch` is written as {BatchLists} says.
/// - `Settlement(bytes32 channelKey,uint64 cooperativeNonce,uint64 newNonce,uint64 deadline,`
///   `TokenDiff[] diffs,Forgiveness[] forgiveness)` with
///   `Forgiveness(bytes32 token,bool leftOwes,uint256 index)` and
///   `TokenDiff(bytes32 token,int256 leftDiff,int256 rightDiff,int256 collateralDiff,int256 ondeltaDiff)`.
/// - `DisputeProof(bytes32 channelKey,uint64 cooperativeNonce,uint96 disputeNonce,`
///   `uint32 disputeWindow,bytes32 proofBodyHash,bytes32 blockHash)`.
///
/// The index of an item, in {BatchItemSkipped}, counts through all arrays of the batch in their order.
interface IDepository {
    // ─── Events: final absolute values, so that the whole state can be rebuilt from logs ──────────

    /// @notice The reserve of `entity` is now `reserve`.
    event ReserveUpdated(EntityId indexed entity, TokenId indexed token, uint256 reserve);

    /// @notice The channel's collateral and on-chain delta of this token are now these.
    event ChannelUpdated(
        EntityId indexed left,
        EntityId indexed right,
        TokenId indexed token,
        uint256 collateral,
        int256 ondelta
    );

    /// @notice A batch of `entity` was executed, using up `nonce`.
    event BatchProcessed(EntityId indexed entity, uint64 nonce, bytes32 batchHash);

    /// @notice An item changed nothing; `reason` is the selector of the error that says why.
    event BatchItemSkipped(EntityId indexed entity, uint64 nonce, uint256 index, bytes4 reason);

    /// @notice A settlement was executed. It voids every earlier dispute proof and ends an open dispute.
    event Settled(EntityId indexed left, EntityId indexed right, uint64 cooperativeNonce);

    /// @notice A dispute is open. With `disputeNonce` 0 it stands on the empty body.
    event DisputeStarted(
        EntityId indexed left,
        EntityId indexed right,
        bool startedByLeft,
        uint64 cooperativeNonce,
        Proof proof,
        uint64 deadline
    );

    /// @notice The standing proof was replaced by a higher one.
    event DisputeCountered(
        EntityId indexed left,
        EntityId indexed right,
        Poster poster,
        uint64 cooperativeNonce,
        Proof proof,
        uint64 deadline
    );

    /// @notice One side gave its arguments for one body, in full.
    event ArgumentsCommitted(
        EntityId indexed left,
        EntityId indexed right,
        bool byLeft,
        bytes32 proofBodyHash,
        bytes data
    );

    /// @notice One side named further tokens to be closed.
    event TokensNamed(EntityId indexed left, EntityId indexed right, bool byLeft, TokenId[] tokens);

    /// @notice One token of a finalised channel was divided.
    /// @param forfeit What the starter lost to the other side for provable fraud; contained in
    /// `toLeft` and `toRight`.
    event TokenSplit(
        EntityId indexed left,
        EntityId indexed right,
        TokenId indexed token,
        uint256 toLeft,
        uint256 toRight,
        uint256 leftDebt,
        uint256 rightDebt,
        uint256 forfeit
    );

    /// @notice The dispute ended. `fraud` says that the starter had signed a state at least two heights
    /// above the one it started with.
    event DisputeFinalised(
        EntityId indexed left,
        EntityId indexed right,
        uint96 disputeNonce,
        uint64 cooperativeNonce,
        bool fraud
    );

    /// @notice `debtor` owes `amount` from now on, as entry `index` of its queue.
    event DebtCreated(
        EntityId indexed debtor,
        TokenId indexed token,
        EntityId indexed creditor,
        uint256 index,
        uint256 amount
    );

    /// @notice Entry `index` of the queue was paid down to `remaining`.
    event DebtPaid(
        EntityId indexed debtor,
        TokenId indexed token,
        EntityId indexed creditor,
        uint256 index,
        uint256 remaining
    );

    /// @notice The creditor let entry `index` of the queue go.
    event DebtForgiven(
        EntityId indexed debtor,
        TokenId indexed token,
        EntityId indexed creditor,
        uint256 index
    );

    // ─── Errors: also the reasons of skipped items, by selector ────────────────────────────────────

    error AmountZero();
    error ValueWrong(uint256 sent, uint256 expected);
    error TokenInvalid(TokenId token);
    error NothingArrived(TokenId token, uint256 amount);
    error TransferFailed(TokenId token, address to, uint256 amount);
    error WithdrawalCostsMore(TokenId token, uint256 amount, uint256 cost);
    error ReserveExceeded(EntityId entity, TokenId token, uint256 amount, uint256 reserve);
    error DebtUnpaid(EntityId entity, TokenId token, uint256 debt);
    error AmountTooLarge(TokenId token, uint256 amount);
    error SelfChannel(EntityId entity);
    error LeftNotBelowRight(EntityId left, EntityId right);
    error BatchNonceWrong(EntityId entity, uint64 nonce, uint64 expected);
    error BatchExpired(uint64 validUntil, uint256 timestamp);
    error BatchSignatureInvalid(EntityId entity, bytes32 digest);
    error BatchMalformed();
    error BatchItemFailed(uint256 index, bytes4 reason);
    error GasTooLow(uint256 left, uint256 needed);
    error Reentered();
    error CooperativeNonceWrong(uint64 nonce, uint64 expected);
    error NewNonceInvalid(uint64 newNonce, uint64 cooperativeNonce);
    error DeadlinePassed(uint64 deadline, uint256 timestamp);
    error DiffsNotBalanced(TokenId token);
    error CollateralExceeded(TokenId token, int256 diff, uint256 collateral);
    error OndeltaOutOfRange(TokenId token);
    error DebtNotBetween(TokenId token, uint256 index);
    error SignatureInvalid(EntityId entity, bytes32 digest);
    error WindowInvalid(uint32 window);
    error DisputeNonceInvalid(uint96 nonce);
    error DisputeNonceNotHigher(uint96 nonce, uint96 standing);
    error NoDispute(EntityId left, EntityId right);
    error DisputeOpen(uint256 deadline);
    error DisputeClosed(uint256 deadline);
    error ProofBodyWrong(bytes32 hash, bytes32 standing);
    error ProofBodyTooLarge();
    error ProofBodyInvalid();
    error ArgumentsWrong(bool left);
    error ArgumentsTooLarge(uint256 length);
    error ArgumentsCommittedBefore(bytes32 proofBodyHash);
    error TokensInvalid();
    error TokensNamedBefore();
    error TokensWrong(bool left);
    error ClausePending(uint256 until);
    error RevealFailed(bytes32 secret);

    // ─── Calls ──────────────────────────────────────────────────────────────────────────────────

    /// @notice Credits the reserve of any `entity` with what arrives from the caller.
    /// @dev Ether: `amount` must be `msg.value`. ERC-20: pulls by `transferFrom` from the caller only,
    /// and credits the difference of balances; tokens without return value work.
    function deposit(EntityId entity, TokenId token, uint256 amount) external payable;

    /// @notice Executes a batch of `entity`: signed by it and relayed by anyone, or, with an empty
    /// signature, called by the one address that is its board.
    /// @dev Reverts when the nonce is not the next one, after `validUntil`, when the signature does
    /// not count, or when an item fails that nobody else can make fail: an amount of 0, or a funding of
    /// a channel with itself. Every other failing item is skipped with {BatchItemSkipped}; so is every
    /// spend that finds the reserve short, since others can take from a reserve too.
    /// @param batch A {Batch}, written as {BatchLists} says.
    /// @param nonce {batchNonce} of the entity, sequential from 0.
    /// @param validUntil Unix seconds; executed at or before.
    function processBatch(
        EntityId entity,
        bytes calldata batch,
        uint64 nonce,
        uint64 validUntil,
        bytes calldata signature
    ) external;

    /// @notice Replaces the standing proof of an open dispute; anyone may, with both signatures.
    function counter(DisputeCounter calldata item) external;

    /// @notice Ends a dispute from its deadline on; anyone may.
    function finalise(DisputeFinalise calldata item) external;

    /// @notice Pays the debts of `entity` from its reserve, oldest first, at most `max` entries.
    /// @return paid How many entries were paid in full or in part.
    function enforceDebts(
        EntityId entity,
        TokenId token,
        uint256 max
    ) external returns (uint256 paid);

    // ─── Views ──────────────────────────────────────────────────────────────────────────────────

    function reserveOf(EntityId entity, TokenId token) external view returns (uint256);

    function collateralOf(
        EntityId left,
        EntityId right,
        TokenId token
    ) external view returns (Collateral memory);

    function channelOf(EntityId left, EntityId right) external view returns (ChannelState memory);

    function batchNonce(EntityId entity) external view returns (uint64);

    /// @notice The queue of `entity`: its entries from `head` up to `tail`, and their sum.
    function debtsOf(
        EntityId entity,
        TokenId token
    ) external view returns (uint256 head, uint256 tail, uint256 total);

    function debtAt(
        EntityId entity,
        TokenId token,
        uint256 index
    ) external view returns (Debt memory);

    /// @notice The bounds on what is signed, committed and paid, the same for ever.
    function limits() external pure returns (DepositoryLimits memory);

    function domainSeparator() external view returns (bytes32);

    function entityProvider() external view returns (address);

    /// @notice The {IGate} of this Depository: ERC-721, ERC-1155, and deposits that are relayed.
    function gate() external view returns (address);

    /// @notice The {ISecretRegistry} through which a batch publishes secrets.
    function secretRegistry() external view returns (address);
}
