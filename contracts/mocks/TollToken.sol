// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TestToken} from "./TestToken.sol";

/// @title TollToken
/// @notice A token whose sender pays a toll on top of what he sends.
contract TollToken is TestToken("Toll", "TOLL") {
    uint256 public toll;

    function setToll(uint256 amount) external {
        toll = amount;
    }

    function _move(address from, address to, uint256 amount) internal override {
        super._move(from, to, amount);
        super._move(from, address(1), toll);
    }
}
