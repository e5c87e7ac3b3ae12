// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    Collateral,
    IDepository,
    Poster,
    Proof
} from "../../../contracts/interfaces/IDepository.sol";
import {EntityId, TokenId} from "../../../contracts/types/Ids.sol";
import {Log} from "./Logs.sol";

/// @notice What the Depository must never do. Each is held by {Watcher}, call by call.
enum Law {
    /// Debts are paid oldest first, and a reserve with a debt cannot shrink but by paying it.
    Debts,
    /// A dispute ends once, from its deadline on or by the side that did not post; a start, a counter
    /// and their deadlines follow the rules.
    Disputes,
    /// The nonces of batches, settlements and proofs only grow, each in its way.
    Nonces,
    /// A reserve shrinks only at the will of its owner.
    Spends,
    /// What a dispute pays out is the collateral, no more and no less.
    Splits
}

/// @notice One debt, as the events tell it.
struct Owed {
    EntityId creditor;
    uint256 amount;
}

/// @notice A channel, as the events tell it.
struct Standing {
    uint64 cooperativeNonce;
    uint96 nonce;
    uint48 startHeight;
    uint64 deadline;
    bool startedByLeft;
    Poster poster;
    bytes32 body;
}

/// @title Watcher
/// @notice Rebuilds the Depository's whole state from its events alone, and holds every change against
/// the laws, knowing nothing of the code that made it.
/// @dev {see} is given the events of one call at a time. The first breach of each law is kept in words.
contract Watcher {
    mapping(EntityId entity => mapping(TokenId token => uint256)) public reserveOf;
    mapping(EntityId entity => uint64) public batchNonceOf;
    mapping(bytes32 topic => uint256) public countOf;
    mapping(bytes4 reason => uint256) public skippedOf;
    mapping(Law law => string) public breachOf;
    uint256 public fraudCount;
    uint256 public earlyCount;

    mapping(EntityId debtor => mapping(TokenId token => Owed[])) private _queues;
    mapping(EntityId left => mapping(EntityId right => mapping(TokenId token => Collateral)))
        private _held;
    mapping(EntityId left => mapping(EntityId right => mapping(TokenId token => uint256)))
        private _dividing;
    mapping(EntityId left => mapping(EntityId right => Standing)) private _channels;
    mapping(bytes32 place => bytes) private _arguments;
    mapping(bytes32 place => TokenId[]) private _named;

    // ─── Of one call ────────────────────────────────────────────────────────────────────────────

    EntityId private _actor;
    EntityId[] private _spenders;
    EntityId[] private _willing;
    mapping(EntityId debtor => mapping(TokenId token => uint256)) private _paid;
    mapping(EntityId debtor => mapping(TokenId token => bool)) private _partly;
    uint256 private _unmatched;
    /// @dev A reserve as it was before the last event about one.
    uint256 private _reserveBefore;

    uint32 private constant _WINDOW_MAX = 7 days;

    // ─── Reading ────────────────────────────────────────────────────────────────────────────────

    function debts(EntityId debtor, TokenId token) external view returns (Owed[] memory) {
        return _queues[debtor][token];
    }

    function held(
        EntityId left,
        EntityId right,
        TokenId token
    ) external view returns (Collateral memory) {
        return _held[left][right][token];
    }

    function channel(EntityId left, EntityId right) external view returns (Standing memory) {
        return _channels[left][right];
    }

    /// @notice What a side has given for a body in the dispute that is open.
    function argumentsOf(
        EntityId left,
        EntityId right,
        bool byLeft,
        bytes32 body
    ) external view returns (bytes memory) {
        return _arguments[_place(left, right, byLeft, body)];
    }

    /// @notice The tokens that a side has named in the dispute that is open.
    function namedOf(
        EntityId left,
        EntityId right,
        bool byLeft
    ) external view returns (TokenId[] memory) {
        return _named[_place(left, right, byLeft, 0)];
    }

    // ─── Seeing ─────────────────────────────────────────────────────────────────────────────────

    /// @notice Takes in the events of one call to the Depository.
    function see(Log[] calldata logs) external {
        for (uint256 i; i < logs.length; ++i) {
            bytes32 topic = logs[i].topics[0];
            ++countOf[topic];
            if (topic == IDepository.ReserveUpdated.selector) _onReserve(logs[i]);
            else if (topic == IDepository.ChannelUpdated.selector) _onChannel(logs[i]);
            else if (topic == IDepository.BatchProcessed.selector) _onBatch(logs[i]);
            else if (topic == IDepository.BatchItemSkipped.selector)
                _onSkipped(logs[i], logs[i - 1]);
            else if (topic == IDepository.DebtPaid.selector) _onPaid(logs[i]);
            else if (topic == IDepository.DebtCreated.selector) _onCreated(logs[i]);
            else if (topic == IDepository.DebtForgiven.selector) _onForgiven(logs[i]);
            else _seeDispute(topic, logs[i]);
        }
        _endCall();
    }

    function _seeDispute(bytes32 topic, Log calldata log) private {
        if (topic == IDepository.Settled.selector) _onSettled(log);
        else if (topic == IDepository.DisputeStarted.selector) _onStarted(log);
        else if (topic == IDepository.DisputeCountered.selector) _onCountered(log);
        else if (topic == IDepository.ArgumentsCommitted.selector) _onArguments(log);
        else if (topic == IDepository.TokensNamed.selector) _onNamed(log);
        else if (topic == IDepository.TokenSplit.selector) _onSplit(log);
        else if (topic == IDepository.DisputeFinalised.selector) _onFinalised(log);
        else revert("an event that nobody knows");
    }

    // ─── Reserves and debts ─────────────────────────────────────────────────────────────────────

    function _onReserve(Log calldata log) private {
        (EntityId entity, TokenId token) = (_entity(log.topics[1]), _token(log.topics[2]));
        uint256 reserve = abi.decode(log.data, (uint256));
        uint256 before = reserveOf[entity][token];
        (reserveOf[entity][token], _reserveBefore) = (reserve, before);
        if (reserve >= before) return;

        uint256 paid = _paid[entity][token];
        if (paid != 0) {
            _hold(paid == before - reserve, Law.Debts, "more or less left a reserve than was paid");
            _hold(
                reserve == 0 || !_partly[entity][token],
                Law.Debts,
                "a debt was paid in part only"
            );
            _paid[entity][token] = 0;
            --_unmatched;
            return;
        }
        _hold(_owes(entity, token) == 0, Law.Debts, "a reserve with a debt was spent");
        _spenders.push(entity);
    }

    function _onPaid(Log calldata log) private {
        (EntityId debtor, TokenId token) = (_entity(log.topics[1]), _token(log.topics[2]));
        (uint256 index, uint256 remaining) = abi.decode(log.data, (uint256, uint256));
        Owed[] storage queue = _queues[debtor][token];
        uint256 oldest;
        while (oldest < queue.length && queue[oldest].amount == 0) ++oldest;
        _hold(index == oldest, Law.Debts, "a debt was paid that is not the oldest");
        if (index >= queue.length) return;

        Owed storage owed = queue[index];
        _hold(owed.creditor == _entity(log.topics[3]), Law.Debts, "another was paid than is owed");
        _hold(remaining < owed.amount, Law.Debts, "a payment did not lower a debt");
        if (remaining >= owed.amount) return;
        if (_paid[debtor][token] == 0) ++_unmatched;
        _paid[debtor][token] += owed.amount - remaining;
        _partly[debtor][token] = remaining != 0;
        owed.amount = remaining;
    }

    function _onCreated(Log calldata log) private {
        (EntityId debtor, TokenId token) = (_entity(log.topics[1]), _token(log.topics[2]));
        (uint256 index, uint256 amount) = abi.decode(log.data, (uint256, uint256));
        bool waits = reserveOf[debtor][token] == 0 || _owes(debtor, token) != 0;
        _hold(waits, Law.Debts, "a debt was not paid at once");
        _hold(
            index == _queues[debtor][token].length,
            Law.Debts,
            "a debt is not the last of its queue"
        );
        _queues[debtor][token].push(Owed(_entity(log.topics[3]), amount));
    }

    function _onForgiven(Log calldata log) private {
        (EntityId debtor, TokenId token) = (_entity(log.topics[1]), _token(log.topics[2]));
        uint256 index = abi.decode(log.data, (uint256));
        Owed storage owed = _queues[debtor][token][index];
        _hold(owed.creditor == _entity(log.topics[3]), Law.Debts, "forgiven by somebody else");
        _hold(owed.amount != 0, Law.Debts, "forgiven what nobody owed");
        owed.amount = 0;
    }

    // ─── Nonces and settlements ─────────────────────────────────────────────────────────────────

    function _onBatch(Log calldata log) private {
        _actor = _entity(log.topics[1]);
        (uint64 nonce, ) = abi.decode(log.data, (uint64, bytes32));
        _hold(nonce == batchNonceOf[_actor], Law.Nonces, "a batch came out of turn");
        batchNonceOf[_actor] = nonce + 1;
    }

    /// @dev The recorder tells what was undone as well, which no node sees: a withdrawal that failed had taken from the
    /// reserve, and nothing comes between that and the skip. The batch's own event comes before all.
    function _onSkipped(Log calldata log, Log calldata previous) private {
        (, , bytes4 reason) = abi.decode(log.data, (uint64, uint256, bytes4));
        ++skippedOf[reason];
        bool isUndone =
            reason == IDepository.TransferFailed.selector ||
                reason == IDepository.WithdrawalCostsMore.selector ||
                reason == IDepository.TokenInvalid.selector;
        if (!isUndone || previous.topics[0] != IDepository.ReserveUpdated.selector) return;
        reserveOf[_entity(previous.topics[1])][_token(previous.topics[2])] = _reserveBefore;
    }

    function _onSettled(Log calldata log) private {
        (EntityId left, EntityId right) = (_entity(log.topics[1]), _entity(log.topics[2]));
        uint64 nonce = abi.decode(log.data, (uint64));
        uint64 before = _channels[left][right].cooperativeNonce;
        _hold(nonce > before, Law.Nonces, "a settlement did not raise the nonce");
        _hold(nonce >> 32 == before >> 32, Law.Nonces, "a settlement left its era");
        _hold(_actor == left || _actor == right, Law.Spends, "a stranger settled");
        _renew(left, right, nonce);
        _willing.push(left);
        _willing.push(right);
    }

    // ─── Disputes ───────────────────────────────────────────────────────────────────────────────

    function _onStarted(Log calldata log) private {
        (EntityId left, EntityId right) = (_entity(log.topics[1]), _entity(log.topics[2]));
        (bool byLeft, uint64 era, Proof memory proof, uint64 deadline) = abi.decode(
            log.data,
            (bool, uint64, Proof, uint64)
        );
        Standing storage standing = _channels[left][right];
        _hold(standing.deadline == 0, Law.Disputes, "a dispute was started twice");
        _hold(_actor == (byLeft ? left : right), Law.Disputes, "a dispute was started by another");
        _hold(era == standing.cooperativeNonce, Law.Nonces, "a proof of another era counted");
        standing.startHeight = uint48(proof.disputeNonce) >> 1;
        standing.startedByLeft = byLeft;
        _post(standing, byLeft ? Poster.Left : Poster.Right, proof, deadline);
    }

    function _onCountered(Log calldata log) private {
        (EntityId left, EntityId right) = (_entity(log.topics[1]), _entity(log.topics[2]));
        (Poster poster, uint64 era, Proof memory proof, uint64 deadline) = abi.decode(
            log.data,
            (Poster, uint64, Proof, uint64)
        );
        Standing storage standing = _channels[left][right];
        _hold(standing.deadline != 0, Law.Disputes, "countered without a dispute");
        _hold(block.timestamp < standing.deadline, Law.Disputes, "countered too late");
        _hold(poster == _sideOf(left, right), Law.Disputes, "somebody else is called the poster");
        _hold(era == standing.cooperativeNonce, Law.Nonces, "a proof of another era counted");
        _hold(
            proof.disputeNonce > standing.nonce,
            Law.Nonces,
            "a lower proof replaced a higher one"
        );
        _post(standing, poster, proof, deadline);
    }

    function _post(
        Standing storage standing,
        Poster poster,
        Proof memory proof,
        uint64 deadline
    ) private {
        bool empty = proof.disputeNonce == 0;
        uint256 window = empty ? _WINDOW_MAX : proof.disputeWindow;
        _hold(deadline == block.timestamp + window, Law.Disputes, "not a full window");
        _hold(
            empty || uint48(proof.disputeNonce) >> 1 != 0,
            Law.Nonces,
            "a height that nobody signs"
        );
        standing.nonce = proof.disputeNonce;
        standing.deadline = deadline;
        standing.poster = poster;
        standing.body = proof.proofBodyHash;
    }

    function _onArguments(Log calldata log) private {
        (EntityId left, EntityId right) = (_entity(log.topics[1]), _entity(log.topics[2]));
        (bool byLeft, bytes32 body, bytes memory data) = abi.decode(
            log.data,
            (bool, bytes32, bytes)
        );
        _hold(
            block.timestamp < _channels[left][right].deadline,
            Law.Disputes,
            "arguments too late"
        );
        _hold(_actor == (byLeft ? left : right), Law.Disputes, "arguments of another");
        _arguments[_place(left, right, byLeft, body)] = data;
    }

    function _onNamed(Log calldata log) private {
        (EntityId left, EntityId right) = (_entity(log.topics[1]), _entity(log.topics[2]));
        (bool byLeft, TokenId[] memory tokens) = abi.decode(log.data, (bool, TokenId[]));
        _hold(block.timestamp < _channels[left][right].deadline, Law.Disputes, "tokens too late");
        _hold(_actor == (byLeft ? left : right), Law.Disputes, "tokens of another");
        bytes32 place = _place(left, right, byLeft, 0);
        _hold(_named[place].length == 0, Law.Disputes, "tokens were named twice");
        _named[place] = tokens;
    }

    function _onFinalised(Log calldata log) private {
        (EntityId left, EntityId right) = (_entity(log.topics[1]), _entity(log.topics[2]));
        (uint96 nonce, uint64 era, bool fraud) = abi.decode(log.data, (uint96, uint64, bool));
        Standing storage standing = _channels[left][right];
        Poster by = _sideOf(left, right);
        bool agreed =
            by != Poster.Anyone && standing.poster != Poster.Anyone && by != standing.poster;
        bool late = block.timestamp >= standing.deadline;
        _hold(standing.deadline != 0, Law.Disputes, "finalised twice, or without a dispute");
        _hold(late || agreed, Law.Disputes, "finalised too early");
        _hold(nonce == standing.nonce, Law.Disputes, "finalised another proof");
        bool knew = uint48(standing.nonce) >> 1 >= standing.startHeight + 2;
        _hold(fraud == knew, Law.Disputes, "fraud where there is none, or none where there is");
        _hold(era == ((standing.cooperativeNonce >> 32) + 1) << 32, Law.Nonces, "not the next era");
        if (fraud) ++fraudCount;
        if (!late) ++earlyCount;
        _renew(left, right, era);
        _willing.push(left);
        _willing.push(right);
    }

    function _renew(EntityId left, EntityId right, uint64 cooperativeNonce) private {
        delete _channels[left][right];
        _channels[left][right].cooperativeNonce = cooperativeNonce;
    }

    // ─── Collateral ─────────────────────────────────────────────────────────────────────────────

    function _onChannel(Log calldata log) private {
        (EntityId left, EntityId right) = (_entity(log.topics[1]), _entity(log.topics[2]));
        TokenId token = _token(log.topics[3]);
        (uint256 collateral, int256 ondelta) = abi.decode(log.data, (uint256, int256));
        _dividing[left][right][token] = _held[left][right][token].collateral;
        _held[left][right][token] = Collateral(uint128(collateral), int128(ondelta));
    }

    /// @dev Comes right behind the {IDepository.ChannelUpdated} that set the collateral to 0.
    function _onSplit(Log calldata log) private {
        (EntityId left, EntityId right) = (_entity(log.topics[1]), _entity(log.topics[2]));
        TokenId token = _token(log.topics[3]);
        (uint256 toLeft, uint256 toRight, uint256 leftDebt, uint256 rightDebt, ) = abi.decode(
            log.data,
            (uint256, uint256, uint256, uint256, uint256)
        );
        uint256 collateral = _dividing[left][right][token];
        _hold(toLeft + toRight == collateral, Law.Splits, "paid out is not the collateral");
        _hold(leftDebt == 0 || rightDebt == 0, Law.Splits, "each owes the other");
        Collateral memory left_ = _held[left][right][token];
        _hold(
            left_.collateral == 0 && left_.ondelta == 0,
            Law.Splits,
            "the channel was not emptied"
        );
    }

    // ─── Inside ─────────────────────────────────────────────────────────────────────────────────

    function _endCall() private {
        _hold(_unmatched == 0, Law.Debts, "paid from nothing");
        for (uint256 i; i < _spenders.length; ++i) {
            _hold(_isWilling(_spenders[i]), Law.Spends, "somebody else spent a reserve");
        }
        delete _spenders;
        delete _willing;
        delete _unmatched;
        _actor = EntityId.wrap(0);
    }

    function _isWilling(EntityId entity) private view returns (bool) {
        if (entity == _actor) return true;
        for (uint256 i; i < _willing.length; ++i) if (_willing[i] == entity) return true;
        return false;
    }

    function _hold(bool kept, Law law, string memory breach) private {
        if (!kept && bytes(breachOf[law]).length == 0) breachOf[law] = breach;
    }

    function _owes(EntityId debtor, TokenId token) private view returns (uint256 sum) {
        Owed[] storage queue = _queues[debtor][token];
        for (uint256 i; i < queue.length; ++i) sum += queue[i].amount;
    }

    function _sideOf(EntityId left, EntityId right) private view returns (Poster) {
        if (_actor == left) return Poster.Left;
        return _actor == right ? Poster.Right : Poster.Anyone;
    }

    function _place(
        EntityId left,
        EntityId right,
        bool byLeft,
        bytes32 body
    ) private view returns (bytes32) {
        uint64 era = _channels[left][right].cooperativeNonce;
        return keccak256(abi.encode(left, right, era, byLeft, body));
    }

    function _entity(bytes32 word) private pure returns (EntityId) {
        return EntityId.wrap(word);
    }

    function _token(bytes32 word) private pure returns (TokenId) {
        return TokenId.wrap(word);
    }
}
