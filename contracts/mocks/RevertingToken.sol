// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {TestToken} from "./TestToken.sol";

/// @title RevertingToken
/// @notice A token that can stop moving, by a revert or by returning false, as one with a block list does.
contract RevertingToken is TestToken("Reverting", "STOP") {
    enum Mode {
        Working,
        Reverts,
        ReturnsFalse
    }

    error Stopped();

    Mode public mode;

    function setMode(Mode next) external {
        mode = next;
    }

    function transfer(address to, uint256 amount) external override returns (bool) {
        if (_isRefused()) return false;
        _move(msg.sender, to, amount);
        return true;
    }

    function transferFrom(
        address from,
        address to,
        uint256 amount
    ) external override returns (bool) {
        if (_isRefused()) return false;
        _spendAllowance(from, amount);
        _move(from, to, amount);
        return true;
    }

    function _isRefused() private view returns (bool) {
        require(mode != Mode.Reverts, Stopped());
        return mode == Mode.ReturnsFalse;
    }
}
