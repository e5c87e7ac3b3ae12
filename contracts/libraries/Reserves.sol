// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDepository} from "../interfaces/IDepository.sol";
import {EntityId, TokenId} from "../types/Ids.sol";
import {Ledger, Reserve} from "../types/Ledger.sol";

/// @title Reserves
/// @notice What entities hold, bound by no channel.
library Reserves {
    /// @notice The most that a deposit, transfer or settlement can raise a reserve to.
    /// @dev Finalising and debts credit without this limit, with amounts below 2^216 each, so that
    /// they can never overflow: else whoever mints a worthless token could fill the reserve of another
    /// to the brim, and lock the channel in which that token is to be closed.
    uint256 internal constant RESERVE_MAX = type(uint248).max;

    /// @notice Whether `amount` may be added to the reserve of `entity`.
    function hasRoom(
        Ledger storage ledger,
        EntityId entity,
        TokenId token,
        uint256 amount
    ) internal view returns (bool) {
        return _fits(ledger.reserves[entity][token].amount, amount);
    }

    /// @notice Adds `amount` to the reserve of `entity` if that has room for it.
    function creditIfRoom(
        Ledger storage ledger,
        EntityId entity,
        TokenId token,
        uint256 amount
    ) internal returns (bool room) {
        Reserve storage reserve = ledger.reserves[entity][token];
        uint256 before = reserve.amount;
        room = _fits(before, amount);
        // Two numbers of 248 bits.
        unchecked {
            if (room) _set(reserve, entity, token, before + amount);
        }
    }

    function credit(
        Ledger storage ledger,
        EntityId entity,
        TokenId token,
        uint256 amount
    ) internal {
        Reserve storage reserve = ledger.reserves[entity][token];
        _set(reserve, entity, token, reserve.amount + amount);
    }

    function debit(Ledger storage ledger, EntityId entity, TokenId token, uint256 amount) internal {
        Reserve storage reserve = ledger.reserves[entity][token];
        _set(reserve, entity, token, reserve.amount - amount);
    }

    function _set(Reserve storage reserve, EntityId entity, TokenId token, uint256 amount) private {
        reserve.amount = amount;
        emit IDepository.ReserveUpdated(entity, token, amount);
    }

    function _fits(uint256 reserve, uint256 amount) private pure returns (bool) {
        return amount <= RESERVE_MAX && reserve <= RESERVE_MAX - amount;
    }
}
