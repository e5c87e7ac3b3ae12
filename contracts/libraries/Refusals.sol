// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {EntityId} from "../types/Ids.sol";
import {Court} from "../types/Ledger.sol";

/// @title Refusals
/// @notice Why something cannot be done: the selector of a custom error, or 0 when it can be.
/// @dev A batch skips what is refused and tells the selector. What a direct call is refused reverts at once,
/// with the error's arguments. So the functions with a refusal change nothing before they know it.
library Refusals {
    /// @dev No hash of a board and no number of an entity: they count from 1.
    EntityId internal constant NOBODY = EntityId.wrap(0);

    /// @notice Refuses with an error of two words.
    function refuse(
        Court memory court,
        bytes4 selector,
        bytes32 a,
        bytes32 b
    ) internal pure returns (bytes4) {
        if (court.actor == NOBODY) _revert(selector, 2, a, b);
        return selector;
    }

    /// @notice Refuses with an error of two entities.
    function refuse(
        Court memory court,
        bytes4 selector,
        EntityId a,
        EntityId b
    ) internal pure returns (bytes4) {
        return refuse(court, selector, EntityId.unwrap(a), EntityId.unwrap(b));
    }

    /// @notice Refuses with an error of two numbers.
    function refuse(
        Court memory court,
        bytes4 selector,
        uint256 a,
        uint256 b
    ) internal pure returns (bytes4) {
        return refuse(court, selector, bytes32(a), bytes32(b));
    }

    /// @notice Refuses with an error of one number.
    function refuse(Court memory court, bytes4 selector, uint256 a) internal pure returns (bytes4) {
        if (court.actor == NOBODY) _revert(selector, 1, bytes32(a), 0);
        return selector;
    }

    /// @notice Reverts with an error that has no arguments, if there is one.
    function raise(bytes4 refusal) internal pure {
        if (refusal != 0) _revert(refusal, 0, 0, 0);
    }

    /// @dev Reverts with an error of `words` arguments.
    function _revert(bytes4 selector, uint256 words, bytes32 a, bytes32 b) private pure {
        // Writes over the free memory pointer, and ends the call before anyone can miss it.
        assembly ("memory-safe") {
            mstore(0, selector)
            mstore(4, a)
            mstore(36, b)
            revert(0, add(4, shl(5, words)))
        }
    }
}
