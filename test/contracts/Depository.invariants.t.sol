// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDepository} from "../../contracts/interfaces/IDepository.sol";
import {DepositoryHandler} from "./support/DepositoryHandler.sol";
import {DepositoryLaws} from "./support/DepositoryLaws.sol";
import {Law, Watcher} from "./support/Watcher.sol";

/// @notice What the fuzzer may call.
struct FuzzSelector {
    address addr;
    bytes4[] selectors;
}

/// @notice The world, by a name of this file: the fuzzer knows what is compiled with the tests alone.
contract World is DepositoryLaws {}

/// @title DepositoryInvariants
/// @notice Whatever entities, strangers and tokens do, in any order: the laws hold after every call.
/// @dev That each of them can fail is shown in `Depository.faults.t.sol`.
contract DepositoryInvariants {
    World private _world;
    Watcher private _watcher;

    function setUp() public {
        _world = new World();
        _watcher = _world.watcher();
    }

    function targetContracts() external view returns (address[] memory targets) {
        targets = new address[](1);
        targets[0] = address(_world);
    }

    function targetSelectors() external view returns (FuzzSelector[] memory targets) {
        targets = new FuzzSelector[](1);
        targets[0] = FuzzSelector(address(_world), _actions());
    }

    // ─── Laws ───────────────────────────────────────────────────────────────────────────────────

    /// @dev Conservation, debts oldest first, no early or double end, nonces that only grow, reserves
    /// that only their owner spends, collateral paid out to the unit, and nobody blocked by others.
    /// hardhat-config: invariant.runs = 200
    function invariant_laws_hold() public view {
        _none(_world.conservation());
        for (uint256 law; law <= uint256(type(Law).max); ++law) _none(_watcher.breachOf(Law(law)));
        require(_world.replayedCount() == 0, "a batch was executed twice");
        require(_world.forgedCount() == 0, "something forged counted");
        require(_world.blockedCount() == 0, "a batch or an enforcing of debts reverted");
    }

    function invariant_disputes_canAlwaysBeFinalised_whenTheirTimeIsOver() public {
        _none(_world.disputesEnd());
    }

    /// hardhat-config: invariant.runs = 40
    function invariant_state_followsFromTheEvents() public view {
        _none(_world.eventsTellAll());
    }

    /// @dev Found by the fuzzer, which took the events of an undone withdrawal for told.
    function test_aWithdrawal_thatIsUndone_tellsNothing() public {
        _world.deposit(type(uint256).max);
        _world.turn(440_729_973);
        _world.spend(3_900_152_922_766_231_026_616_016_483_920);
        require(_watcher.skippedOf(IDepository.TransferFailed.selector) == 1, "nothing was undone");
        _none(_world.eventsTellAll());
    }

    // ─── The handler is worth something ─────────────────────────────────────────────────────────

    /// @dev Laws that hold because nothing happens are worth nothing: the same throws of dice as above
    /// bring about everything that the laws speak of.
    function test_handler_reachesEverything() public {
        bytes4[] memory actions = _actions();
        for (uint256 i; i < 200; ++i) {
            uint256 seed = uint256(keccak256(abi.encode("handler", i)));
            (bool ok, ) = address(_world).call(
                abi.encodeWithSelector(actions[seed % actions.length], seed)
            );
            require(ok, "an action failed");
        }
        bytes32[14] memory events = [
            IDepository.ReserveUpdated.selector,
            IDepository.ChannelUpdated.selector,
            IDepository.BatchProcessed.selector,
            IDepository.BatchItemSkipped.selector,
            IDepository.Settled.selector,
            IDepository.DisputeStarted.selector,
            IDepository.DisputeCountered.selector,
            IDepository.ArgumentsCommitted.selector,
            IDepository.TokensNamed.selector,
            IDepository.TokenSplit.selector,
            IDepository.DisputeFinalised.selector,
            IDepository.DebtCreated.selector,
            IDepository.DebtPaid.selector,
            IDepository.DebtForgiven.selector
        ];
        for (uint256 i; i < events.length; ++i) {
            require(_watcher.countOf(events[i]) != 0, "something never happens");
        }
        require(
            _watcher.fraudCount() != 0 && _watcher.earlyCount() != 0,
            "no fraud, or no early end"
        );
        _reachesEverySkip();
    }

    function _reachesEverySkip() private view {
        bytes4[8] memory reasons = [
            IDepository.ReserveExceeded.selector,
            IDepository.DebtUnpaid.selector,
            IDepository.CooperativeNonceWrong.selector,
            IDepository.CollateralExceeded.selector,
            IDepository.SignatureInvalid.selector,
            IDepository.DisputeNonceNotHigher.selector,
            IDepository.DisputeOpen.selector,
            IDepository.ClausePending.selector
        ];
        for (uint256 i; i < reasons.length; ++i) {
            require(_watcher.skippedOf(reasons[i]) != 0, "a reason to skip never comes up");
        }
    }

    function _actions() private pure returns (bytes4[] memory actions) {
        actions = new bytes4[](16);
        actions[0] = DepositoryHandler.deposit.selector;
        actions[1] = DepositoryHandler.spend.selector;
        actions[2] = DepositoryHandler.collateralise.selector;
        actions[3] = DepositoryHandler.settle.selector;
        actions[4] = DepositoryHandler.start.selector;
        actions[5] = DepositoryHandler.counter.selector;
        actions[6] = DepositoryHandler.commit.selector;
        actions[7] = DepositoryHandler.finalise.selector;
        actions[8] = DepositoryHandler.dispute.selector;
        actions[9] = DepositoryHandler.enforce.selector;
        actions[10] = DepositoryHandler.mix.selector;
        actions[11] = DepositoryHandler.reveal.selector;
        actions[12] = DepositoryHandler.replay.selector;
        actions[13] = DepositoryHandler.turn.selector;
        actions[14] = DepositoryHandler.donate.selector;
        actions[15] = DepositoryHandler.warp.selector;
    }

    function _none(string memory breach) private pure {
        require(bytes(breach).length == 0, breach);
    }
}
