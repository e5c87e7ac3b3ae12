// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Arguments, ISubcontractProvider} from "../interfaces/ISubcontractProvider.sol";

/// @title LyingProvider
/// @notice A subcontract provider that answers whatever its batch says,
/// `abi.encode(int256[] deltas, uint256 pendingUntil)`: the wrong number of deltas, a move beyond an
/// allowance, a condition that never ends.
contract LyingProvider is ISubcontractProvider {
    function evaluate(
        int256[] calldata,
        bytes calldata batch,
        Arguments calldata,
        Arguments calldata
    ) external pure returns (int256[] memory applied, uint256 pendingUntil) {
        return abi.decode(batch, (int256[], uint256));
    }
}
