// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    Batch,
    DisputeArguments,
    DisputeCounter,
    DisputeFinalise,
    DisputeStart,
    Funding,
    IDepository,
    Settlement,
    TopUp,
    Transfer,
    Withdrawal
} from "../../../contracts/interfaces/IDepository.sol";
import {Packed} from "../../../contracts/mocks/Packed.sol";
import {RevertingToken} from "../../../contracts/mocks/RevertingToken.sol";
import {EntityId, TokenId} from "../../../contracts/types/Ids.sol";
import {DepositoryDigests} from "./DepositoryDigests.sol";
import {Dice} from "./Dice.sol";
import {InvariantWorld, Member, Sides} from "./InvariantWorld.sol";
import {Logs} from "./Logs.sol";
import {vm} from "./Vm.sol";

/// @title DepositoryHandler
/// @notice Does to a Depository whatever entities, strangers and hostile tokens can do; each call by the
/// throw of dice that follow from its seed. Everything it does is seen by the {Watcher}.
contract DepositoryHandler is InvariantWorld {
    /// @notice What strangers sent in unasked.
    mapping(TokenId token => uint256) public donated;

    /// @notice How many calls were refused that must be possible whatever others did; the last one's reason.
    uint256 public blockedCount;
    bytes public blockedReason;

    /// @notice How many forged settlements, starts or counters counted.
    uint256 public forgedCount;

    /// @notice How many replayed batches counted.
    uint256 public replayedCount;

    bytes private _lastCall;
    bool private _forgedSettlement;
    bool internal _forgedProof;

    receive() external payable {}

    // ─── What a fuzzer calls ────────────────────────────────────────────────────────────────────

    function deposit(uint256 seed) external {
        Dice memory dice = Dice(seed);
        EntityId entity = _anyMember(dice).id;
        TokenId token = dice.oneIn(2) ? tokens[dice.roll(tokens.length)] : tokens[1];
        uint256 amount = 1 + dice.roll(16);
        _provide(token, amount);
        uint256 value = token == tokens[0] ? amount : 0;
        Logs.start();
        try depository.deposit{value: value}(entity, token, amount) {
            _see();
        } catch {
            _forget();
        }
    }

    function spend(uint256 seed) external {
        Dice memory dice = Dice(seed);
        Member memory actor = _anyMember(dice);
        Batch memory batch;
        _addSpend(dice, actor, batch);
        _run(actor, batch);
    }

    function collateralise(uint256 seed) external {
        Dice memory dice = Dice(seed);
        Member memory actor = _anyMember(dice);
        Batch memory batch;
        _addFunding(dice, actor, batch);
        _run(actor, batch);
    }

    function settle(uint256 seed) external {
        Dice memory dice = Dice(seed);
        Sides memory sides = dice.oneIn(2) ? _anySides(dice) : _anyIndebted(dice);
        bool byLeft = dice.oneIn(2);
        Batch memory batch;
        _addSettlement(dice, sides, byLeft, batch);
        _run(byLeft ? sides.left : sides.right, batch);
    }

    function start(uint256 seed) public {
        Dice memory dice = Dice(seed);
        Sides memory sides = _anySides(dice);
        bool byLeft = dice.oneIn(2);
        Batch memory batch;
        _addStart(dice, sides, byLeft, batch);
        _run(byLeft ? sides.left : sides.right, batch);
    }

    function counter(uint256 seed) public {
        Dice memory dice = Dice(seed);
        Sides memory sides = _anyDisputed(dice);
        _forgedProof = dice.oneIn(8);
        DisputeCounter memory item = _anyCounter(dice, sides, _forgedProof);
        if (dice.oneIn(2)) {
            Batch memory batch;
            batch.counters = new DisputeCounter[](1);
            batch.counters[0] = item;
            return _run(_anyMember(dice), batch);
        }
        Logs.start();
        try depository.counter(item) {
            _see();
        } catch {
            _forget();
        }
    }

    function commit(uint256 seed) public {
        Dice memory dice = Dice(seed);
        Sides memory sides = _anyDisputed(dice);
        bool byLeft = dice.oneIn(2);
        Batch memory batch;
        _addArguments(dice, sides, byLeft, batch);
        _run(byLeft ? sides.left : sides.right, batch);
    }

    /// @dev By anyone, a stranger's batch included; sometimes with something left out.
    function finalise(uint256 seed) public {
        Dice memory dice = Dice(seed);
        Sides memory sides = _anyDisputed(dice);
        DisputeFinalise memory item = _finaliseOf(sides);
        if (dice.oneIn(4)) item.leftTokens = new TokenId[](0);
        if (dice.oneIn(6)) item.rightArguments = "";
        if (dice.oneIn(6)) item.body = _anyBody(dice);
        if (!dice.oneIn(3)) {
            Batch memory batch;
            batch.finalises = new DisputeFinalise[](1);
            batch.finalises[0] = item;
            return _run(_anyMember(dice), batch);
        }
        Logs.start();
        try depository.finalise(item) {
            _see();
        } catch {
            _forget();
        }
    }

    /// @dev From the start to the end, whoever takes part; it may get stuck anywhere.
    function dispute(uint256 seed) external {
        start(seed);
        for (uint256 i; i < 4; ++i) {
            uint256 next = uint256(keccak256(abi.encode(seed, i)));
            if (next & 1 == 0) commit(next);
            else if (next & 2 == 0) counter(next);
            else finalise(next);
        }
        warp(seed);
        finalise(seed);
    }

    /// @dev Always possible, for anyone.
    function enforce(uint256 seed) external {
        Dice memory dice = Dice(seed);
        Sides memory sides = _anyIndebted(dice);
        EntityId entity = dice.oneIn(2) ? sides.left.id : sides.right.id;
        TokenId token = dice.oneIn(4) ? _anyToken(dice) : tokens[1];
        Logs.start();
        try depository.enforceDebts(entity, token, dice.roll(4)) {
            _see();
        } catch (bytes memory reason) {
            _block(reason);
        }
    }

    /// @dev Everything at once.
    function mix(uint256 seed) external {
        Dice memory dice = Dice(seed);
        Sides memory sides = _anySides(dice);
        bool byLeft = dice.oneIn(2);
        Member memory actor = byLeft ? sides.left : sides.right;
        Batch memory batch;
        _addSpend(dice, actor, batch);
        _addFunding(dice, actor, batch);
        _addSettlement(dice, sides, byLeft, batch);
        _addStart(dice, _anySides(dice), actor, batch);
        _addArguments(dice, sides, byLeft, batch);
        batch.finalises = new DisputeFinalise[](1);
        batch.finalises[0] = _finaliseOf(_anyDisputed(dice));
        if (dice.oneIn(4)) batch.finalises[0].rightTokens = new TokenId[](0);
        batch.secrets = new bytes32[](1);
        batch.secrets[0] = bytes32(dice.roll(SECRETS));
        _run(actor, batch);
    }

    function reveal(uint256 seed) external {
        subcontract.revealSecret(bytes32(Dice(seed).roll(SECRETS)));
    }

    /// @dev Whatever was executed once is executed never again.
    function replay() public {
        if (_lastCall.length == 0) return;
        (bool ok, ) = address(depository).call(_lastCall);
        if (ok) ++replayedCount;
    }

    /// @dev Tokens turn hostile and kind again.
    function turn(uint256 seed) external {
        Dice memory dice = Dice(seed);
        reverting.setMode(RevertingToken.Mode(dice.roll(3)));
        toll.setToll(dice.roll(2));
        eater.setHungry(dice.oneIn(3));
        bool armed = dice.oneIn(3);
        bomb.arm(armed ? 100_000 : 0, armed && dice.oneIn(2));
        bytes memory data = abi.encodeCall(
            IDepository.enforceDebts,
            (_anyMember(dice).id, tokens[1], 9)
        );
        if (dice.oneIn(2)) {
            data = abi.encodeCall(IDepository.deposit, (_anyMember(dice).id, tokens[1], 1));
        }
        reentrant.setCall(dice.oneIn(3) ? address(0) : address(depository), data);
    }

    /// @dev Tokens by a plain transfer, ether as a contract that destroys itself would send it.
    function donate(uint256 seed) external {
        Dice memory dice = Dice(seed);
        TokenId token = _anyToken(dice);
        uint256 amount = 1 + dice.roll(3);
        donated[token] += amount;
        if (token == tokens[0]) vm.deal(address(depository), address(depository).balance + amount);
        else _contractOf(token).mint(address(depository), amount);
    }

    /// @dev To a deadline, about it, or just on.
    function warp(uint256 seed) public {
        Dice memory dice = Dice(seed);
        uint64 deadline = _standing(_anyDisputed(dice)).deadline;
        uint256 to = block.timestamp + dice.roll(2 days);
        if (deadline != 0 && !dice.oneIn(3)) to = deadline + dice.roll(3) - 1;
        if (to > block.timestamp) vm.warp(to);
    }

    // ─── Items ──────────────────────────────────────────────────────────────────────────────────

    function _addSpend(Dice memory dice, Member memory actor, Batch memory batch) private view {
        TokenId token = _ownToken(dice, actor.id);
        uint256 amount = 1 + dice.roll(4);
        if (dice.oneIn(2)) {
            batch.withdrawals = new Withdrawal[](1);
            address to = dice.oneIn(8) ? address(depository) : actor.wallet;
            batch.withdrawals[0] = Withdrawal(token, to, amount);
        } else {
            batch.transfers = new Transfer[](1);
            batch.transfers[0] = Transfer(token, _anyMember(dice).id, amount);
        }
    }

    /// @dev Into two channels of the actor, perhaps the same one twice, or into one of somebody else.
    function _addFunding(Dice memory dice, Member memory actor, Batch memory batch) private view {
        Sides memory sides = _anySides(dice);
        bool own = sides.left.key == actor.key || sides.right.key == actor.key;
        EntityId receiver = own ? actor.id : sides.left.id;
        EntityId peer = sides.left.id == receiver ? sides.right.id : sides.left.id;
        TopUp[] memory topUps = new TopUp[](1 + dice.roll(2));
        for (uint256 i; i < topUps.length; ++i) topUps[i] = TopUp(peer, uint128(1 + dice.roll(6)));
        batch.fundings = new Funding[](1);
        batch.fundings[0] = Funding(_anyToken(dice), receiver, topUps);
    }

    function _addSettlement(
        Dice memory dice,
        Sides memory sides,
        bool byLeft,
        Batch memory batch
    ) private {
        _forgedSettlement = dice.oneIn(8);
        batch.settlements = new Settlement[](1);
        batch.settlements[0] = _anySettlement(dice, sides, byLeft, _forgedSettlement);
    }

    function _addStart(
        Dice memory dice,
        Sides memory sides,
        bool byLeft,
        Batch memory batch
    ) private {
        _forgedProof = dice.oneIn(8);
        batch.starts = new DisputeStart[](1);
        batch.starts[0] = _anyStart(dice, sides, byLeft, _forgedProof);
        // The proof of the empty body shows no signature that could be forged.
        if (batch.starts[0].peerSignature.length == 0) _forgedProof = false;
    }

    /// @dev In the channel of `sides` if the actor is one of them.
    function _addStart(
        Dice memory dice,
        Sides memory sides,
        Member memory actor,
        Batch memory batch
    ) private {
        bool left = sides.left.key == actor.key;
        if (left || sides.right.key == actor.key) _addStart(dice, sides, left, batch);
    }

    function _addArguments(
        Dice memory dice,
        Sides memory sides,
        bool byLeft,
        Batch memory batch
    ) private view {
        DisputeArguments memory item;
        item.peer = (byLeft ? sides.right : sides.left).id;
        item.proofBodyHash = dice.oneIn(4) ? bytes32(dice.roll(3)) : _standing(sides).body;
        if (item.proofBodyHash != 0) item.data = new bytes(dice.roll(9));
        if (!dice.oneIn(3)) {
            item.tokens = new TokenId[](1);
            item.tokens[0] = _anyToken(dice);
        }
        batch.arguments = new DisputeArguments[](1);
        batch.arguments[0] = item;
    }

    // ─── Calls ──────────────────────────────────────────────────────────────────────────────────

    /// @dev A batch whose own bytes are right always counts: whatever others did, its items are skipped at most.
    function _run(Member memory actor, Batch memory batch) internal {
        bytes memory data = Packed.batch(batch);
        uint64 nonce = depository.batchNonce(actor.id);
        uint64 validUntil = uint64(block.timestamp);
        bytes memory signature = _sign(
            actor,
            DepositoryDigests.batch(actor.id, data, nonce, validUntil),
            false
        );
        _lastCall = abi.encodeCall(
            IDepository.processBatch,
            (actor.id, data, nonce, validUntil, signature)
        );
        Logs.start();
        try depository.processBatch(actor.id, data, nonce, validUntil, signature) {
            _see();
        } catch (bytes memory reason) {
            _block(reason);
        }
    }

    function _see() internal {
        uint256 settled = watcher.countOf(IDepository.Settled.selector);
        uint256 posted = _posted();
        watcher.see(Logs.takeFrom(address(depository)));
        bool wasSettled = watcher.countOf(IDepository.Settled.selector) != settled;
        if ((_forgedSettlement && wasSettled) || (_forgedProof && _posted() != posted))
            ++forgedCount;
        (_forgedSettlement, _forgedProof) = (false, false);
    }

    /// @dev A call that reverted changed nothing, whatever events it made on its way.
    function _forget() internal {
        Logs.takeFrom(address(depository));
        (_forgedSettlement, _forgedProof) = (false, false);
    }

    function _block(bytes memory reason) private {
        _forget();
        ++blockedCount;
        blockedReason = reason;
    }

    function _posted() private view returns (uint256) {
        return
            watcher.countOf(IDepository.DisputeStarted.selector) +
            watcher.countOf(IDepository.DisputeCountered.selector);
    }

    function _provide(TokenId token, uint256 amount) internal {
        if (token == tokens[0]) vm.deal(address(this), amount);
        else _contractOf(token).mint(address(this), 2 * amount);
    }
}
