// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDepository} from "../interfaces/IDepository.sol";
import {IShares, Source} from "../interfaces/IShares.sol";
import {Equity, Holding, Pot, Receipt, Reckoning, Terms} from "../types/Equity.sol";
import {Pots} from "./Pots.sol";
import {ShareIds} from "./ShareIds.sol";

/// @title Dividends
/// @notice What holders earn of what comes into the pot of their entity, to the unit.
/// @dev What somebody earned is a sum of `shares · received`, in parts of the number of all shares: whole
/// numbers, divided only when he takes it. A receipt belongs to those who held shares before its second, so
/// whatever changes hands in a second has nothing to do with what is reported in it, in either order.
library Dividends {
    /// @notice Counts what has come in.
    function report(Equity storage equity, Source calldata source) internal returns (uint128) {
        Terms memory terms = equity.terms[source.entity];
        require(terms.issuedAt != 0, IShares.NoShares(source.entity));
        Pot storage pot = potAt(equity, source);
        uint128 total = totalOf(pot);
        // Nobody held anything before the second of the issue.
        if (block.timestamp <= terms.issuedAt) return total;

        uint256 reserve = IDepository(source.depository).reserveOf(
            Pots.idOf(source.entity),
            source.token
        );
        uint128 known = total - pot.paid;
        uint128 room = type(uint128).max - total;
        if (reserve <= known || room == 0) return total;
        uint256 arrived = reserve - known;
        total += arrived < room ? uint128(arrived) : room;
        _note(pot, total);
        emit IShares.DividendReported(source.entity, source.depository, source.token, total);
        return total;
    }

    /// @notice Reckons what `holder` has earned of `total`, and counts its whole units as paid.
    /// @param changes How many changes of his shares are looked at.
    function draw(
        Equity storage equity,
        Source calldata source,
        address holder,
        uint128 total,
        uint256 changes
    ) internal returns (uint256 amount) {
        Pot storage pot = potAt(equity, source);
        Reckoning memory reckoning = pot.reckonings[holder];
        Holding[] storage history = equity.holdings[ShareIds.dividend(source.entity)][holder];
        uint256 earned = _earn(pot, history, reckoning, total, changes);

        uint256 supply = equity.terms[source.entity].dividend;
        amount = earned / supply;
        reckoning.rest = uint64(earned % supply);
        pot.reckonings[holder] = reckoning;
        // What all have earned is at most `total`.
        pot.paid += uint128(amount);
    }

    function potAt(
        Equity storage equity,
        Source calldata source
    ) internal view returns (Pot storage) {
        return equity.pots[source.entity][source.depository][source.token];
    }

    /// @notice How much has been reported.
    function totalOf(Pot storage pot) internal view returns (uint128) {
        uint256 length = pot.receipts.length;
        return length == 0 ? 0 : pot.receipts[length - 1].total;
    }

    function _note(Pot storage pot, uint128 total) private {
        Receipt[] storage receipts = pot.receipts;
        uint256 length = receipts.length;
        bool isSameSecond = length != 0 && receipts[length - 1].time == uint64(block.timestamp);
        if (isSameSecond) receipts[length - 1].total = total;
        else receipts.push(Receipt(uint64(block.timestamp), total));
    }

    /// @dev Goes from one change of the holder's shares to the next, and from the last one to now. A change in
    /// this very second is left for later: what is still reported in it belongs to who held before.
    function _earn(
        Pot storage pot,
        Holding[] storage history,
        Reckoning memory reckoning,
        uint128 total,
        uint256 changes
    ) private view returns (uint256 earned) {
        earned = reckoning.rest;
        uint256 length = history.length;
        uint256 next = reckoning.changes;
        uint256 shares = next == 0 ? 0 : history[next - 1].shares;
        for (; next < length && history[next].since < block.timestamp; ++next) {
            if (changes == 0) break;
            --changes;
            Holding memory change = history[next];
            uint128 reached = _totalAt(pot.receipts, change.since);
            earned += shares * (reached - reckoning.seen);
            (reckoning.seen, shares) = (reached, change.shares);
        }
        reckoning.changes = uint64(next);
        if (next < length && history[next].since < block.timestamp) return earned;
        earned += shares * (total - reckoning.seen);
        reckoning.seen = total;
    }

    /// @dev What had been reported by the second `time`, that included.
    function _totalAt(Receipt[] storage receipts, uint64 time) private view returns (uint128) {
        uint256 low;
        uint256 high = receipts.length;
        while (low < high) {
            uint256 middle = (low + high) / 2;
            if (receipts[middle].time <= time) low = middle + 1;
            else high = middle;
        }
        return low == 0 ? 0 : receipts[low - 1].total;
    }
}
