// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {IDepository} from "../interfaces/IDepository.sol";
import {EntityId, TokenId} from "../types/Ids.sol";
import {Ledger} from "../types/Ledger.sol";

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
        return amount <= RESERVE_MAX && ledger.reserves[entity][token] <= RESERVE_MAX - amount;
    }

    function credit(
        Ledger storage ledger,
        EntityId entity,
        TokenId token,
        uint256 amount
    ) internal {
        _set(ledger, entity, token, ledger.reserves[entity][token] + amount);
    }

    function debit(Ledger storage ledger, EntityId entity, TokenId token, uint256 amount) internal {
        _set(ledger, entity, token, ledger.reserves[entity][token] - amount);
    }

    function _set(Ledger storage ledger, EntityId entity, TokenId token, uint256 reserve) private {
        ledger.reserves[entity][token] = reserve;
        emit IDepository.ReserveUpdated(entity, token, reserve);
    }
}
