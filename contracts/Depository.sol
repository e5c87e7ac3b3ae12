// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Gate} from "./Gate.sol";
import {IArrivals} from "./interfaces/IArrivals.sol";
import {
    ChannelState,
    Collateral,
    Debt,
    DepositoryLimits,
    DisputeCounter,
    DisputeFinalise,
    IDepository,
    Withdrawal
} from "./interfaces/IDepository.sol";
import {IGate} from "./interfaces/IGate.sol";
import {IUndoable} from "./interfaces/IUndoable.sol";
import {Batches} from "./libraries/Batches.sol";
import {Channels} from "./libraries/Channels.sol";
import {Debts} from "./libraries/Debts.sol";
import {Digests} from "./libraries/Digests.sol";
import {Disputes} from "./libraries/Disputes.sol";
import {Eip712Domain} from "./libraries/Eip712Domain.sol";
import {Finalises} from "./libraries/Finalises.sol";
import {Flags} from "./libraries/Flags.sol";
import {Limits} from "./libraries/Limits.sol";
import {Refusals} from "./libraries/Refusals.sol";
import {Reserves} from "./libraries/Reserves.sol";
import {Signatures} from "./libraries/Signatures.sol";
import {TokenIds} from "./libraries/TokenIds.sol";
import {TokenTransfers} from "./libraries/TokenTransfers.sol";
import {EntityId, TokenId} from "./types/Ids.sol";
import {Account, Channel, Court, DebtQueue, Ledger} from "./types/Ledger.sol";

/// @title Depository
/// @notice Holds every entity's reserves, the collateral between every two of them, and judges their
/// disputes by what both have signed.
/// @dev Storage and the outer surface; the rules stand in the libraries. Nobody owns it.
contract Depository is IDepository, IUndoable, IArrivals, Eip712Domain {
    using Refusals for bytes4;

    // Named as the interface names them.
    // solhint-disable immutable-vars-naming
    /// @inheritdoc IDepository
    address public immutable entityProvider;
    /// @inheritdoc IDepository
    address public immutable secretRegistry;
    /// @inheritdoc IDepository
    address public immutable gate;
    // solhint-enable immutable-vars-naming

    Ledger private _ledger;

    /// @dev Nothing that writes can be entered while it is open, from a token or from anybody it
    /// calls. Views can: they are right at every call that leaves this contract.
    /// A whole word, so that setting it reads nothing.
    uint256 private transient _entered;

    modifier once() {
        require(_entered == 0, Reentered());
        _entered = 1;
        _;
        _entered = 0;
    }

    modifier onlyGate() {
        require(msg.sender == gate, NotSelf(msg.sender));
        _;
    }

    constructor(address entityProvider_, address secretRegistry_) Eip712Domain("XLN Depository") {
        entityProvider = entityProvider_;
        secretRegistry = secretRegistry_;
        gate = address(new Gate());
    }

    // ─── Calls ──────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IDepository
    function deposit(EntityId entity, TokenId token, uint256 amount) external payable once {
        require(amount != 0, AmountZero());
        uint256 arrived = TokenTransfers.pull(token, amount);
        _credit(entity, token, arrived);
    }

    /// @inheritdoc IDepository
    function processBatch(
        EntityId entity,
        bytes calldata batch,
        uint64 nonce,
        uint64 validUntil,
        bytes calldata signature
    ) external once {
        bytes32 batchHash = Digests.hashOf(batch);
        _useNonce(entity, nonce, validUntil);
        Court memory court = _court(entity);
        _authenticate(court, batchHash, nonce, validUntil, signature);
        emit BatchProcessed(entity, nonce, batchHash);

        Batches.Run memory run = Batches.Run({
            entity: entity,
            nonce: nonce,
            atomic: false,
            index: 0
        });
        Batches.execute(_ledger, court, secretRegistry, run, batch);
    }

    /// @inheritdoc IDepository
    function counter(DisputeCounter calldata item) external once {
        Disputes.counter(_ledger, _court(Refusals.NOBODY), item).raise();
    }

    /// @inheritdoc IDepository
    function finalise(DisputeFinalise calldata item) external once {
        Finalises.finalise(_ledger, _court(Refusals.NOBODY), item).raise();
    }

    /// @inheritdoc IDepository
    function enforceDebts(
        EntityId entity,
        TokenId token,
        uint256 max
    ) external once returns (uint256 paid) {
        (, paid) = Debts.pay(_ledger, entity, token, max);
    }

    /// @inheritdoc IUndoable
    function payOut(EntityId entity, Withdrawal calldata item) external {
        require(msg.sender == address(this), NotSelf(msg.sender));
        Reserves.debit(_ledger, entity, item.token, item.amount);
        if (TokenIds.isAtGate(item.token)) IGate(gate).release(item.token, item.to, item.amount);
        else TokenTransfers.push(item.token, item.to, item.amount);
    }

    /// @inheritdoc IArrivals
    function beginArrival() external onlyGate {
        require(_entered == 0, Reentered());
        _entered = 1;
    }

    /// @inheritdoc IArrivals
    function endArrival(EntityId entity, TokenId token, uint256 amount) external onlyGate {
        _credit(entity, token, amount);
        _entered = 0;
    }

    /// @inheritdoc IArrivals
    function bring(
        EntityId entity,
        TokenId token,
        uint256 amount,
        bytes calldata question
    ) external onlyGate once {
        _credit(entity, token, TokenTransfers.take(token, amount, question));
    }

    // ─── Views ──────────────────────────────────────────────────────────────────────────────────

    /// @inheritdoc IDepository
    function reserveOf(EntityId entity, TokenId token) external view returns (uint256) {
        return _ledger.reserves[entity][token].amount;
    }

    /// @inheritdoc IDepository
    function collateralOf(
        EntityId left,
        EntityId right,
        TokenId token
    ) external view returns (Collateral memory) {
        require(left < right, LeftNotBelowRight(left, right));
        return _ledger.collaterals[Channels.keyOf(left, right)][token];
    }

    /// @inheritdoc IDepository
    function channelOf(EntityId left, EntityId right) external view returns (ChannelState memory) {
        require(left < right, LeftNotBelowRight(left, right));
        Channel memory channel = _ledger.channels[Channels.keyOf(left, right)];
        return
            ChannelState({
                cooperativeNonce: channel.cooperativeNonce,
                standingNonce: channel.standingNonce,
                startHeight: channel.startHeight,
                deadline: channel.deadline,
                startedByLeft: Flags.startedByLeft(channel.flags),
                poster: Flags.poster(channel.flags),
                proofBodyHash: channel.proofBodyHash
            });
    }

    /// @inheritdoc IDepository
    function batchNonce(EntityId entity) external view returns (uint64) {
        return _ledger.accounts[entity].batchNonce;
    }

    /// @inheritdoc IDepository
    function debtsOf(
        EntityId entity,
        TokenId token
    ) external view returns (uint256 head, uint256 tail, uint256 total) {
        DebtQueue storage queue = _ledger.debts[entity][token];
        return (queue.head, queue.tail, queue.total);
    }

    /// @inheritdoc IDepository
    function debtAt(
        EntityId entity,
        TokenId token,
        uint256 index
    ) external view returns (Debt memory) {
        return _ledger.debts[entity][token].entries[index];
    }

    /// @inheritdoc IDepository
    function limits() external pure returns (DepositoryLimits memory) {
        return
            DepositoryLimits({
                windowMin: Limits.WINDOW_MIN,
                windowMax: Limits.WINDOW_MAX,
                argumentsMax: Limits.ARGUMENTS_MAX,
                namedTokensMax: Limits.NAMED_TOKENS_MAX,
                bodyTokensMax: Limits.BODY_TOKENS_MAX,
                bodyClausesMax: Limits.BODY_CLAUSES_MAX,
                bodyBytesMax: Limits.BODY_BYTES_MAX,
                bodyGasMax: Limits.BODY_GAS_MAX,
                pendingMax: Limits.PENDING_MAX,
                debtsPerExitMax: Debts.PER_EXIT_MAX
            });
    }

    /// @inheritdoc IDepository
    function domainSeparator() external view returns (bytes32) {
        return _domainSeparator();
    }

    // ─── Inside ─────────────────────────────────────────────────────────────────────────────────

    function _credit(EntityId entity, TokenId token, uint256 arrived) private {
        bool room = Reserves.creditIfRoom(_ledger, entity, token, arrived);
        require(room, AmountTooLarge(token, arrived));
    }

    /// @dev Used up before any item runs, by signed and by direct calls alike.
    function _useNonce(EntityId entity, uint64 nonce, uint64 validUntil) private {
        Account storage account = _ledger.accounts[entity];
        uint64 expected = account.batchNonce;
        require(nonce == expected, BatchNonceWrong(entity, nonce, expected));
        require(block.timestamp <= validUntil, BatchExpired(validUntil, block.timestamp));
        account.batchNonce = nonce + 1;
    }

    /// @dev With no signature the caller must be the whole board.
    function _authenticate(
        Court memory court,
        bytes32 batchHash,
        uint64 nonce,
        uint64 validUntil,
        bytes calldata signature
    ) private view {
        EntityId entity = court.actor;
        bytes32 digest = Digests.ofBatch(court.domain, entity, batchHash, nonce, validUntil);
        bool valid =
            signature.length == 0
                ? Signatures.isSole(court.entityProvider, entity, msg.sender)
                : Signatures.isValid(court.entityProvider, entity, digest, signature);
        require(valid, BatchSignatureInvalid(entity, digest));
    }

    function _court(EntityId actor) private view returns (Court memory) {
        return Court({actor: actor, entityProvider: entityProvider, domain: _domainSeparator()});
    }
}
