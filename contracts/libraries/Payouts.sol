// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Collateral, IDepository} from "../interfaces/IDepository.sol";
import {EntityId, TokenId} from "../types/Ids.sol";
import {Ledger, Pair} from "../types/Ledger.sol";
import {Channels} from "./Channels.sol";
import {Debts} from "./Debts.sol";
import {DeltaMath, Split} from "./DeltaMath.sol";
import {Flags} from "./Flags.sol";
import {Reserves} from "./Reserves.sol";

/// @title Payouts
/// @notice Divides the tokens of a channel that ends between its two sides, and makes their debts.
library Payouts {
    using Flags for uint8;

    /// @notice What is known once every clause is judged.
    /// @param debtsLeft How many older debts may still be paid: one bound for the whole finalise, so
    /// that its gas is bounded, whatever both sides owe to others.
    struct Verdict {
        Pair pair;
        bool fraud;
        bool startedByLeft;
        bool leftOutgoing;
        bool rightOutgoing;
        uint256 debtsLeft;
    }

    function verdictOf(
        Pair memory pair,
        uint8 flags,
        bool fraud
    ) internal pure returns (Verdict memory) {
        return
            Verdict({
                pair: pair,
                fraud: fraud,
                startedByLeft: flags.startedByLeft(),
                leftOutgoing: flags.isOutgoing(true),
                rightOutgoing: flags.isOutgoing(false),
                debtsLeft: Debts.PER_EXIT_MAX
            });
    }

    /// @notice Divides each token by its delta, `ondelta` and the given `offdelta` together.
    /// @dev Cannot fail. A token with nothing in it is passed over, so one that is divided already
    /// may come again with `offdelta` 0.
    /// @param offdeltas One for each token, within 140 bits.
    function divide(
        Ledger storage ledger,
        Verdict memory verdict,
        TokenId[] calldata tokens,
        int256[] memory offdeltas
    ) internal {
        for (uint256 i; i < tokens.length; ++i) {
            Collateral storage held = ledger.collaterals[verdict.pair.key][tokens[i]];
            (uint256 collateral, int256 ondelta) = (held.collateral, held.ondelta);
            if (collateral == 0 && ondelta == 0 && offdeltas[i] == 0) continue;
            Channels.setCollateral(held, verdict.pair, tokens[i], 0, 0);
            _divide(ledger, verdict, tokens[i], collateral, ondelta + offdeltas[i]);
        }
    }

    function _divide(
        Ledger storage ledger,
        Verdict memory verdict,
        TokenId token,
        uint256 collateral,
        int256 delta
    ) private {
        Split memory split = DeltaMath.split(collateral, delta);
        uint256 forfeit = verdict.fraud ? DeltaMath.penalise(split, verdict.startedByLeft) : 0;
        // A board that was replaced can no more sign its entity into debt.
        if (verdict.leftOutgoing) split.leftDebt = 0;
        if (verdict.rightOutgoing) split.rightDebt = 0;

        emit IDepository.TokenSplit(
            verdict.pair.left,
            verdict.pair.right,
            token,
            split.toLeft,
            split.toRight,
            split.leftDebt,
            split.rightDebt,
            forfeit
        );
        _pay(ledger, verdict, token, split);
    }

    /// @dev First what both get, so that a debt is paid out of it too.
    function _pay(
        Ledger storage ledger,
        Verdict memory verdict,
        TokenId token,
        Split memory split
    ) private {
        (EntityId left, EntityId right) = (verdict.pair.left, verdict.pair.right);
        if (split.toLeft != 0) Reserves.credit(ledger, left, token, split.toLeft);
        if (split.toRight != 0) Reserves.credit(ledger, right, token, split.toRight);

        // At most one of the two debts is there.
        (EntityId debtor, EntityId creditor) = split.leftDebt != 0 ? (left, right) : (right, left);
        uint256 debt = split.leftDebt + split.rightDebt;
        if (debt == 0) return;
        uint256 max = verdict.debtsLeft;
        verdict.debtsLeft = max - Debts.owe(ledger, debtor, creditor, token, debt, max);
    }
}
