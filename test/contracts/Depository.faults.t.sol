// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    Batch,
    DisputeFinalise,
    DisputeStart,
    Proof,
    Settlement,
    Transfer,
    Withdrawal
} from "../../contracts/interfaces/IDepository.sol";
import {EntityId} from "../../contracts/types/Ids.sol";
import {FaultWorld} from "./support/FaultWorld.sol";
import {Sides} from "./support/InvariantWorld.sol";
import {Logs} from "./support/Logs.sol";
import {vm} from "./support/Vm.sol";
import {Law} from "./support/Watcher.sol";

/// @notice Believes every signature.
contract CredulousProvider {
    function isValidEntitySignature(
        EntityId,
        bytes32,
        bytes calldata
    ) external pure returns (bool) {
        return true;
    }

    function isValidProofSignature(
        EntityId,
        bytes32,
        bytes calldata
    ) external pure returns (bool valid, bool outgoing) {
        return (true, false);
    }
}

/// @title DepositoryFaults
/// @notice The proof that each law of `Depository.invariants.t.sol` can fail: a fault is planted into the
/// Depository's storage or surroundings, and the check reports it.
contract DepositoryFaults is FaultWorld {
    function setUp() public {
        _createFaultWorld();
    }

    /// @dev With the same steps and no fault, no law is broken: what the tests below find is the fault.
    function test_laws_hold_withoutAFault() public {
        _indebt(_c, _a, 9);
        _indebt(_c, _b, 9);
        _deposit(_c, 20);
        _enforce(_c, 9);
        _transfer(_a, _b, 1);
        _start(_proof(1, _body(-4)));
        _counter(_proof(3, _body(-5)));
        vm.warp(block.timestamp + _DAY);
        _finalise();
        require(watcher.fraudCount() == 1, "no fraud");
        replay();
        _allHold();
    }

    // ─── Conservation ───────────────────────────────────────────────────────────────────────────

    function test_conservation_fails_whenAReserveGrowsByItself() public {
        _store(_reserveSlot(_a.id), depository.reserveOf(_a.id, _token) + 1);
        _reports(conservation(), "holds less than it has promised");
    }

    function test_conservation_fails_whenCollateralGrowsByItself() public {
        _store(_collateralSlot(), _load(_collateralSlot()) + 1);
        _reports(conservation(), "holds less than it has promised");
    }

    function test_conservation_fails_whenAReserveIsLost() public {
        _store(_reserveSlot(_a.id), depository.reserveOf(_a.id, _token) - 1);
        _reports(conservation(), "holds more than promised and donated");
    }

    function test_conservation_fails_whenEtherIsGone() public {
        _provide(tokens[0], 5);
        Logs.start();
        depository.deposit{value: 5}(_a.id, tokens[0], 5);
        _see();
        _reports(conservation(), "");
        vm.deal(address(depository), 4);
        _reports(conservation(), "holds less than it has promised");
    }

    // ─── Events ─────────────────────────────────────────────────────────────────────────────────

    function test_events_tellTooLittle_whenAnythingChangesInSilence() public {
        _silently(_reserveSlot(_a.id), 1, "a reserve");
        _silently(_collateralSlot(), 1 << 128, "the collateral");
        _silently(_channelSlot(), 1, "a channel");
        _silently(bytes32(uint256(_channelSlot()) + 1), 1, "a channel");
        _silently(_batchNonceSlot(_a.id), 1, "a batch nonce");
        _indebt(_c, _a, 9);
        _silently(_queueSlot(_c.id), 1 << 128, "the debts");
        _silently(bytes32(uint256(_queueSlot(_c.id)) + 1), 1, "the debts");
        _silently(_debtSlot(_c.id, 0), 1, "the debts");
        _silently(bytes32(uint256(_debtSlot(_c.id, 0)) + 1), 1, "the debts");
        _allHold();
    }

    // ─── Debts ──────────────────────────────────────────────────────────────────────────────────

    function test_debts_fail_whenTheOldestIsPassedOver() public {
        _indebt(_c, _a, 9);
        _indebt(_c, _b, 9);
        _store(_queueSlot(_c.id), _load(_queueSlot(_c.id)) + 1);
        _deposit(_c, 5);
        _enforce(_c, 9);
        _reports(watcher.breachOf(Law.Debts), "a debt was paid that is not the oldest");
    }

    function test_debts_fail_whenAReserveIsSpentBesideThem() public {
        _indebt(_c, _a, 9);
        _store(bytes32(uint256(_queueSlot(_c.id)) + 1), 0);
        _deposit(_c, 5);
        _transfer(_c, _b, 1);
        _reports(watcher.breachOf(Law.Debts), "a reserve with a debt was spent");
    }

    function test_debts_fail_whenOneIsForgotten() public {
        _indebt(_c, _a, 9);
        _store(bytes32(uint256(_debtSlot(_c.id, 0)) + 1), (uint256(block.timestamp) << 216) | 4);
        _store(bytes32(uint256(_queueSlot(_c.id)) + 1), 4);
        _deposit(_c, 5);
        _enforce(_c, 9);
        _reports(watcher.breachOf(Law.Debts), "more or less left a reserve than was paid");
    }

    function test_debts_fail_whenAnotherIsPaid() public {
        _indebt(_c, _a, 9);
        _store(_debtSlot(_c.id, 0), uint256(EntityId.unwrap(_b.id)));
        _deposit(_c, 5);
        _enforce(_c, 9);
        _reports(watcher.breachOf(Law.Debts), "another was paid than is owed");
    }

    // ─── Disputes ───────────────────────────────────────────────────────────────────────────────

    function test_disputes_fail_whenOneEndsTooEarly() public {
        _start(_proof(1, _body(-4)));
        _setDeadline(block.timestamp);
        _finalise();
        _reports(watcher.breachOf(Law.Disputes), "finalised too early");
    }

    function test_disputes_fail_whenThePosterEndsIt() public {
        _start(_proof(1, _body(-4)));
        // The poster, two bits above the lowest of the flags, is right instead of left.
        _store(_channelSlot(), _load(_channelSlot()) ^ (uint256(3) << 249));
        Batch memory batch;
        batch.finalises = new DisputeFinalise[](1);
        batch.finalises[0] = _finaliseOf(Sides(_a, _b));
        _run(_a, batch);
        _reports(watcher.breachOf(Law.Disputes), "finalised too early");
    }

    function test_disputes_fail_whenOneEndsTwice() public {
        _start(_proof(1, _body(-4)));
        uint256 state = _load(_channelSlot());
        uint256 hash = _load(bytes32(uint256(_channelSlot()) + 1));
        vm.warp(block.timestamp + _DAY);
        DisputeFinalise memory item = _finaliseOf(Sides(_a, _b));
        _finalise();
        _store(_channelSlot(), state);
        _store(bytes32(uint256(_channelSlot()) + 1), hash);
        Logs.start();
        depository.finalise(item);
        _see();
        _reports(watcher.breachOf(Law.Disputes), "finalised twice, or without a dispute");
    }

    function test_disputes_fail_whenOneIsCounteredTooLate() public {
        _start(_proof(1, _body(-4)));
        vm.warp(block.timestamp + _DAY);
        _setDeadline(block.timestamp + 1);
        _counter(_proof(2, _body(-5)));
        _reports(watcher.breachOf(Law.Disputes), "countered too late");
    }

    function test_disputes_fail_whenTheStartIsForgotten() public {
        _start(_proof(1, _body(-4)));
        // The height at which it started, 48 bits above the two nonces.
        _store(_channelSlot(), _load(_channelSlot()) ^ (uint256(1) << 160));
        _counter(_proof(2, _body(-5)));
        vm.warp(block.timestamp + _DAY);
        _finalise();
        _reports(
            watcher.breachOf(Law.Disputes),
            "fraud where there is none, or none where there is"
        );
    }

    // ─── Nonces ─────────────────────────────────────────────────────────────────────────────────

    function test_nonces_fail_whenABatchIsExecutedTwice() public {
        Batch memory batch;
        _run(_a, batch);
        replay();
        require(replayedCount == 0, "replayed without a fault");
        _store(_batchNonceSlot(_a.id), _load(_batchNonceSlot(_a.id)) - 1);
        replay();
        require(replayedCount == 1, "not noticed");

        _store(_batchNonceSlot(_a.id), _load(_batchNonceSlot(_a.id)) - 1);
        _run(_a, batch);
        _reports(watcher.breachOf(Law.Nonces), "a batch came out of turn");
    }

    function test_nonces_fail_whenASettlementGoesBack() public {
        _store(_channelSlot(), 0);
        Batch memory batch;
        batch.settlements = new Settlement[](1);
        batch.settlements[0] = _settlement(0, 1, 0, 0, 0);
        _run(_a, batch);
        _reports(watcher.breachOf(Law.Nonces), "a settlement did not raise the nonce");
    }

    function test_nonces_fail_whenAnOldProofStartsADispute() public {
        Proof memory proof = _proof(1, _body(-4));
        Batch memory batch;
        batch.starts = new DisputeStart[](1);
        batch.starts[0] = DisputeStart(
            _b.id,
            0,
            proof,
            _signProof(_b, Sides(_a, _b), 0, proof, false)
        );
        _store(_channelSlot(), 0);
        _run(_a, batch);
        _reports(watcher.breachOf(Law.Nonces), "a proof of another era counted");
    }

    function test_nonces_fail_whenALowerProofCounts() public {
        _start(_proof(5, _body(-4)));
        // The standing nonce, the 96 bits above the cooperative one.
        _store(_channelSlot(), _load(_channelSlot()) & ~(uint256(type(uint96).max) << 64));
        _counter(_proof(2, _body(-5)));
        _reports(watcher.breachOf(Law.Nonces), "a lower proof replaced a higher one");
    }

    // ─── Spends ─────────────────────────────────────────────────────────────────────────────────

    function test_spends_fail_whenSomebodyElseSpends() public {
        Logs.start();
        vm.prank(address(depository));
        depository.payOut(_a.id, Withdrawal(_token, address(0xbeef), 1));
        _see();
        _reports(watcher.breachOf(Law.Spends), "somebody else spent a reserve");
    }

    function test_spends_fail_whenSomethingForgedCounts() public {
        _forgedProof = true;
        _postForged();
        require(forgedCount == 0, "counted without a fault");
        vm.etch(address(provider), type(CredulousProvider).runtimeCode);
        _forgedProof = true;
        _postForged();
        require(forgedCount == 1, "not noticed");
    }

    // ─── Splits ─────────────────────────────────────────────────────────────────────────────────

    function test_splits_fail_whenMoreIsPaidOut() public {
        _start(_proof(1, _body(-4)));
        _store(_collateralSlot(), _load(_collateralSlot()) + 1);
        vm.warp(block.timestamp + _DAY);
        _finalise();
        _reports(watcher.breachOf(Law.Splits), "paid out is not the collateral");
    }

    // ─── Nobody is locked in ────────────────────────────────────────────────────────────────────

    function test_disputes_cannotEnd_whenTheirBodyIsAnother() public {
        _start(_proof(1, _body(-4)));
        _reports(disputesEnd(), "");
        _store(bytes32(uint256(_channelSlot()) + 1), 1);
        _reports(disputesEnd(), "a dispute cannot be finalised");
    }

    function test_batches_areBlocked_whenAQueueIsBroken() public {
        _indebt(_c, _a, 9);
        _store(bytes32(uint256(_queueSlot(_c.id)) + 1), 1);
        _deposit(_c, 5);
        Batch memory batch;
        batch.transfers = new Transfer[](1);
        batch.transfers[0] = Transfer(_token, _a.id, 1);
        require(blockedCount == 0, "blocked without a fault");
        _run(_c, batch);
        require(blockedCount == 1, "not noticed");
    }
}
