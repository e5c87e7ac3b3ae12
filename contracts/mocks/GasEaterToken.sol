// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bomb} from "./Bomb.sol";
import {TestToken} from "./TestToken.sol";

/// @title GasEaterToken
/// @notice A token that, once hungry, burns all the gas that a transfer is granted.
contract GasEaterToken is TestToken("Gas eater", "EAT") {
    bool public hungry;

    function setHungry(bool next) external {
        hungry = next;
    }

    function _move(address from, address to, uint256 amount) internal override {
        if (hungry) Bomb.burnGas();
        super._move(from, to, amount);
    }
}
