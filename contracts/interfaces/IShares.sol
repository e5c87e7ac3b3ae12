// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Terms, Vote} from "../types/Equity.sol";
import {EntityId, TokenId} from "../types/Ids.sol";

/// @notice To whom shares are issued.
struct Allotment {
    address to;
    uint64 control;
    uint64 dividend;
}

/// @notice Whose dividends are meant: of `entity`, in `token`, as they lie in the reserve of its pot at
/// `depository`.
struct Source {
    EntityId entity;
    address depository;
    TokenId token;
}

/// @title IShares
/// @notice Control and dividend shares of registered entities: the {IERC1155} tokens `2 · number` and
/// `2 · number + 1`, issued once by the articles of the entity.
/// @dev **Control.** Who holds control shares votes some of them for a board. They are locked until he
/// takes the vote back, which he can at any time, or until a board of the shareholders takes over, which
/// ends every vote. When more than half of all vote for one board, the shareholders have decided: it can take over
/// after the delay of the articles, by {IEntityProvider.activateBoard}. The decision stands while more
/// than half stay locked for it; meanwhile no replacement by the board itself takes over, and when it has
/// taken effect, none that the old board had decided is left.
///
/// **Dividends.** A registered entity with shares has a *pot*: the lazy entity {potOf}, whose board is this
/// contract. The entity (or anybody) pays into the reserve of the pot at any Depository, as into every
/// reserve. What came in is divided when somebody reports it, among those who held dividend shares
/// *before that second*: whoever borrows or buys shares in the same transaction has no part in it. Each
/// holder earns `shares · amount / all shares`; the part of a unit that is left over stays his and adds to
/// what he earns next, so what was taken, what can be taken and what is left over are together what came
/// in. Nobody, not the board either, has any other way to the reserve of a pot; it signs no proof, so it
/// can have no debt.
///
/// What a Depository says is believed about that Depository alone: a false one has pots of its own. In one
/// pot the first 2^128 − 1 units count.
interface IShares {
    /// @notice The entity has shares from now on; who holds them stands in the transfers from nobody.
    event SharesIssued(EntityId indexed entity, uint64 delay, uint64 control, uint64 dividend);

    /// @notice `shares` of `holder` are locked for this board now, together with others' `tally`.
    event Voted(
        EntityId indexed entity,
        bytes32 indexed boardHash,
        address indexed holder,
        uint64 shares,
        uint64 tally
    );

    /// @notice More than half of the control shares want this board, which may follow from this second on;
    /// zero: they want none any more.
    event ShareholdersDecided(EntityId indexed entity, bytes32 indexed boardHash, uint64 nextFrom);

    /// @notice The board that the shareholders wanted takes over: no decision stands, and no share is locked,
    /// in the election with this number, which begins.
    event ElectionEnded(EntityId indexed entity, uint64 next);

    /// @notice `total` has come in so far that is, or was, to be divided.
    event DividendReported(
        EntityId indexed entity,
        address indexed depository,
        TokenId indexed token,
        uint128 total
    );

    /// @notice `holder` took `amount` into the reserve of `to`; all together have taken `paid`.
    event DividendTaken(
        EntityId indexed entity,
        address depository,
        TokenId indexed token,
        address indexed holder,
        EntityId to,
        uint256 amount,
        uint128 paid
    );

    /// @notice The entity has shares: articles are for ever.
    error SharesIssuedBefore(EntityId entity);

    /// @notice The entity has no shares.
    error NoShares(EntityId entity);

    /// @notice The delay is not between 4 and 90 days.
    error DelayInvalid(uint64 delay);

    /// @notice Of each kind there are 1 to 2^64 − 1 shares.
    error SupplyInvalid(uint256 control, uint256 dividend);

    /// @notice Of the shares of `holder`, only `free` are not locked by his vote.
    error SharesLocked(address holder, uint256 free, uint256 needed);

    /// @notice The holder's vote for another board stands; it must be taken back first.
    error VoteStands(bytes32 boardHash);

    /// @notice The articles were to be issued by this second.
    error ArticlesExpired(uint64 validUntil, uint256 timestamp);

    /// @notice Only the EntityProvider ends an election.
    error NotTheProvider(address caller);

    /// @notice The caller takes what is another's.
    error NotTheHolder(address holder);

    /// @notice Issues the shares of a registered entity, once.
    /// @dev Signed by its board, under the domain of the EntityProvider, over
    /// `Articles(bytes32 entityId,uint64 delay,Allotment[] allotments,uint64 validUntil)` with
    /// `Allotment(address to,uint64 control,uint64 dividend)`; a board that is a single address may call without a
    /// signature. Needs no nonce, since it happens once. A contract that shares are issued to must take
    /// them as by a transfer.
    /// @param delay Seconds from the shareholders' decision on a board to its taking over: 4 to 90 days.
    /// @param validUntil Unix seconds; issued at or before.
    function issue(
        EntityId entity,
        uint64 delay,
        Allotment[] calldata allotments,
        uint64 validUntil,
        bytes calldata signature
    ) external;

    /// @notice Locks exactly `shares` of the caller's control shares for a board; 0 takes the vote back.
    /// @param boardHash Of a board that has been checked and is not in office; when the vote becomes smaller, of
    /// any.
    function vote(EntityId entity, bytes32 boardHash, uint64 shares) external;

    /// @notice Ends the election of `entity` with the decision that stands, for {IEntityProvider.activateBoard},
    /// which reverts when it is not time yet. Without a decision changes nothing.
    function conclude(EntityId entity) external returns (bytes32 boardHash, uint64 nextFrom);

    /// @notice Lets what has come in be divided, among those who held dividend shares before this second.
    /// Anyone may.
    /// @dev Nothing counts before the second after that of the issue: nobody held anything before.
    /// @return total What has come in since the issue.
    function reportDividend(Source calldata source) external returns (uint128 total);

    /// @notice Reports, and moves what the caller has earned to the reserve of `to`.
    /// @dev Needs the 3 million gas that a Depository grants to a signature, most of which come back. For shares
    /// in the custody of the Depository, at itself or at its `gate()`, which cannot call, anybody may let their
    /// part flow back into the pot, where it is divided again.
    /// @param holder The caller; or the custody, with the pot as `to`.
    /// @param changes How many changes of the holder's shares are looked at; later ones wait for the next call.
    /// @return amount What was moved.
    function takeDividend(
        Source calldata source,
        address holder,
        EntityId to,
        uint256 changes
    ) external returns (uint256 amount);

    /// @notice A yes (ERC-1271) to the payment that {takeDividend} is making, while it is made; to nothing else.
    function isValidSignature(
        bytes32 digest,
        bytes calldata signature
    ) external view returns (bytes4);

    /// @notice The {IEntityProvider} that knows the entities, and created this contract.
    function entityProvider() external view returns (address);

    /// @notice What the articles say; all zero if there are none.
    function termsOf(EntityId entity) external view returns (Terms memory);

    /// @notice The vote of `holder`; all zero if it has none that counts.
    function voteOf(EntityId entity, address holder) external view returns (Vote memory);

    /// @notice How many control shares are locked for a board.
    function tallyOf(EntityId entity, bytes32 boardHash) external view returns (uint64);

    /// @notice The board that the shareholders have decided on, and from when on it may take over (if no earlier
    /// one is in its grace); zero if there is none.
    function shareholdersDecision(
        EntityId entity
    ) external view returns (bytes32 boardHash, uint64 nextFrom);

    /// @notice The lazy entity that receives the dividends of `entity`; reverts if that has no shares.
    /// @dev Its board is listed, with one member: this contract, as a Contract; threshold and weight are the
    /// number of the entity.
    function potOf(EntityId entity) external view returns (EntityId);

    /// @notice How much has been reported, and how much of it taken.
    function dividendsOf(
        Source calldata source
    ) external view returns (uint128 total, uint128 paid);
}
