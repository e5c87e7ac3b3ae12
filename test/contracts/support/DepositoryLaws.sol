// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {
    ChannelState,
    Clause,
    Collateral,
    Debt,
    DisputeFinalise
} from "../../../contracts/interfaces/IDepository.sol";
import {EntityId, TokenId} from "../../../contracts/types/Ids.sol";
import {DepositoryHandler} from "./DepositoryHandler.sol";
import {Sides} from "./InvariantWorld.sol";
import {vm} from "./Vm.sol";
import {Owed, Standing} from "./Watcher.sol";

/// @title DepositoryLaws
/// @notice What must be true of a Depository between any two calls. Each check answers with the breach
/// in words, or with nothing.
contract DepositoryLaws is DepositoryHandler {
    /// @notice Undoes what was only tried.
    error Undone();

    // ─── Conservation ───────────────────────────────────────────────────────────────────────────

    /// @notice The Depository holds its reserves and collaterals, and beyond them only what was donated.
    function conservation() public view returns (string memory breach) {
        for (uint256 i; i < tokens.length; ++i) {
            uint256 promised = _promised(tokens[i]);
            uint256 holds =
                i == 0
                    ? address(depository).balance
                    : _contractOf(tokens[i]).balanceOf(address(depository));
            if (holds < promised) return "holds less than it has promised";
            if (holds != promised + donated[tokens[i]])
                return "holds more than promised and donated";
        }
    }

    function _promised(TokenId token) private view returns (uint256 sum) {
        for (uint256 i; i < MEMBERS; ++i) {
            sum += depository.reserveOf(members[i].id, token);
            for (uint256 j = i + 1; j < MEMBERS; ++j) {
                sum += depository.collateralOf(members[i].id, members[j].id, token).collateral;
            }
        }
    }

    // ─── The state is what the events say ───────────────────────────────────────────────────────

    /// @notice Whoever has read the events knows reserves, debts, collaterals, channels and nonces.
    function eventsTellAll() public view returns (string memory) {
        for (uint256 i; i < MEMBERS; ++i) {
            EntityId entity = members[i].id;
            if (depository.batchNonce(entity) != watcher.batchNonceOf(entity))
                return "a batch nonce";
            for (uint256 t; t < tokens.length; ++t) {
                uint256 reserve = depository.reserveOf(entity, tokens[t]);
                if (reserve != watcher.reserveOf(entity, tokens[t])) return "a reserve";
                if (!_areDebtsTold(entity, tokens[t])) return "the debts";
            }
            for (uint256 j = i + 1; j < MEMBERS; ++j) {
                if (!_isChannelTold(entity, members[j].id)) return "a channel";
                if (!_isCollateralTold(entity, members[j].id)) return "the collateral";
            }
        }
        return "";
    }

    function _areDebtsTold(EntityId debtor, TokenId token) private view returns (bool) {
        Owed[] memory told = watcher.debts(debtor, token);
        (uint256 head, uint256 tail, uint256 total) = depository.debtsOf(debtor, token);
        if (tail != told.length) return false;
        uint256 sum;
        for (uint256 i; i < tail; ++i) {
            sum += told[i].amount;
            if (i < head && told[i].amount != 0) return false;
            Debt memory debt = depository.debtAt(debtor, token, i);
            if (debt.amount != told[i].amount) return false;
            if (debt.amount != 0 && debt.creditor != told[i].creditor) return false;
        }
        return sum == total;
    }

    function _isChannelTold(EntityId left, EntityId right) private view returns (bool) {
        Standing memory told = watcher.channel(left, right);
        ChannelState memory state = depository.channelOf(left, right);
        return
            state.cooperativeNonce == told.cooperativeNonce &&
            state.standingNonce == told.nonce &&
            state.startHeight == told.startHeight &&
            state.deadline == told.deadline &&
            state.startedByLeft == told.startedByLeft &&
            state.poster == told.poster &&
            state.proofBodyHash == told.body;
    }

    function _isCollateralTold(EntityId left, EntityId right) private view returns (bool) {
        for (uint256 t; t < tokens.length; ++t) {
            Collateral memory told = watcher.held(left, right, tokens[t]);
            Collateral memory state = depository.collateralOf(left, right, tokens[t]);
            if (state.collateral != told.collateral || state.ondelta != told.ondelta) return false;
        }
        return true;
    }

    // ─── Nobody is locked in ────────────────────────────────────────────────────────────────────

    /// @notice Every dispute that is open can be ended once its deadline and its clauses' time are over.
    function disputesEnd() public returns (string memory breach) {
        uint256 timestamp = block.timestamp;
        for (uint256 i; i < MEMBERS; ++i) {
            for (uint256 j = i + 1; j < MEMBERS; ++j) {
                if (!_canEnd(Sides(members[i], members[j])))
                    breach = "a dispute cannot be finalised";
                vm.warp(timestamp);
            }
        }
    }

    function _canEnd(Sides memory sides) private returns (bool) {
        uint256 deadline = depository.channelOf(sides.left.id, sides.right.id).deadline;
        if (deadline == 0) return true;
        DisputeFinalise memory item = _finaliseOf(sides);
        uint256 over = _timeAfter(deadline, item.body.clauses);
        if (block.timestamp < over) vm.warp(over);
        try this.tryToFinalise(item) {} catch (bytes memory reason) {
            return bytes4(reason) == Undone.selector;
        }
        return false;
    }

    /// @dev The first second in which neither window nor clause keeps the dispute open.
    function _timeAfter(
        uint256 deadline,
        Clause[] memory clauses
    ) private view returns (uint256 over) {
        uint256 latest = deadline + depository.limits().pendingMax;
        over = deadline;
        for (uint256 i; i < clauses.length; ++i) {
            uint256 until = clauses[i].until < latest ? clauses[i].until : latest;
            if (until + 1 > over) over = until + 1;
        }
    }

    /// @notice Finalises, and reverts with {Undone} if that worked.
    function tryToFinalise(DisputeFinalise calldata item) external {
        depository.finalise(item);
        revert Undone();
    }
}
