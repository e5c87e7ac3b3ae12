// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IERC1155} from "../interfaces/IERC1155.sol";
import {IShares} from "../interfaces/IShares.sol";
import {Equity, Holding} from "../types/Equity.sol";
import {ShareIds} from "./ShareIds.sol";
import {ShareVotes} from "./ShareVotes.sol";

/// @title ShareBook
/// @notice Who has how many shares, and, of dividend shares, who had how many when.
library ShareBook {
    function balanceOf(
        Equity storage equity,
        uint256 id,
        address holder
    ) internal view returns (uint256) {
        Holding[] storage history = equity.holdings[id][holder];
        uint256 length = history.length;
        return length == 0 ? 0 : history[length - 1].shares;
    }

    /// @notice Adds new shares.
    /// @param value At most what keeps the number of all shares below 2^64.
    function issue(Equity storage equity, uint256 id, address to, uint256 value) internal {
        _set(equity, id, to, balanceOf(equity, id, to) + value);
    }

    /// @notice Moves shares that are not locked.
    function move(
        Equity storage equity,
        uint256 id,
        address from,
        address to,
        uint256 value
    ) internal {
        uint256 balance = balanceOf(equity, id, from);
        require(value <= balance, IERC1155.ERC1155InsufficientBalance(from, balance, value, id));
        if (ShareIds.isControl(id)) {
            uint256 free = balance - ShareVotes.locked(equity, ShareIds.entityOf(id), from);
            require(value <= free, IShares.SharesLocked(from, free, value));
        }
        if (value == 0) return;
        _set(equity, id, from, balance - value);
        // Read after that, so that who gives to himself keeps what he has.
        _set(equity, id, to, balanceOf(equity, id, to) + value);
    }

    /// @dev One entry for each second: dividends go by what was held before it. `shares` is never more
    /// than there are, which is below 2^64.
    function _set(Equity storage equity, uint256 id, address holder, uint256 shares) private {
        Holding[] storage history = equity.holdings[id][holder];
        Holding memory now_ = Holding(uint64(block.timestamp), uint64(shares));
        uint256 length = history.length;
        bool replaces =
            length != 0 &&
                (ShareIds.isControl(id) || history[length - 1].since == uint64(block.timestamp));
        if (replaces) history[length - 1] = now_;
        else history.push(now_);
    }
}
