// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Arguments, ISubcontractProvider} from "../interfaces/ISubcontractProvider.sol";
import {Bomb} from "./Bomb.sol";

/// @title GasEaterProvider
/// @notice A subcontract provider that burns all the gas that a clause grants it.
contract GasEaterProvider is ISubcontractProvider {
    function evaluate(
        int256[] calldata,
        bytes calldata,
        Arguments calldata,
        Arguments calldata
    ) external pure returns (int256[] memory, uint256) {
        Bomb.burnGas();
    }
}
