// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EntityId} from "../types/Ids.sol";

/// @title ShareIds
/// @notice How shares are named: `2 · number` of the entity for control, one more for dividends.
library ShareIds {
    function control(EntityId entity) internal pure returns (uint256) {
        return uint256(EntityId.unwrap(entity)) << 1;
    }

    function dividend(EntityId entity) internal pure returns (uint256) {
        return control(entity) | 1;
    }

    function isControl(uint256 id) internal pure returns (bool) {
        return id & 1 == 0;
    }

    function entityOf(uint256 id) internal pure returns (EntityId) {
        return EntityId.wrap(bytes32(id >> 1));
    }
}
