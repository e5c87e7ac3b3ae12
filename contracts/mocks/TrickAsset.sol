// SPDX-License-Identifier: MIT
pragma solidity 0.8.37;

import {Bomb} from "./Bomb.sol";

/// @title TrickAsset
/// @notice ERC-721 and ERC-1155 at once over the same holdings, without approvals; and, when it is told to, it
/// calls anybody in the middle of a transfer, keeps a part, takes more, moves nothing, answers garbage or
/// burns all gas.
contract TrickAsset {
    struct Call {
        address target;
        bytes data;
    }

    /// @notice What a transfer does with the holdings.
    enum Mode {
        Honest,
        MovesNothing,
        MovesHalf,
        MovesTwice,
        BurnsGas,
        Reverts
    }

    /// @notice What a question for a holding is answered.
    enum Answer {
        Truth,
        Nothing,
        Bomb,
        BurnsGas,
        All
    }

    mapping(address owner => mapping(uint256 id => uint256)) public holdings;
    Mode public mode;
    Answer public answer;
    Call[] private _calls;

    /// @notice What came of the calls of the last transfer: one bit for each that succeeded.
    uint256 public succeeded;
    bytes public lastAnswer;

    function mint(address to, uint256 id, uint256 amount) external {
        holdings[to][id] += amount;
    }

    function burn(address from, uint256 id, uint256 amount) external {
        holdings[from][id] -= amount;
    }

    function setMode(Mode next) external {
        mode = next;
    }

    function setAnswer(Answer next) external {
        answer = next;
    }

    /// @notice From now on every transfer calls `target` with `data` too, after the holdings have moved.
    function addCall(address target, bytes calldata data) external {
        _calls.push(Call(target, data));
    }

    function clear() external {
        delete _calls;
        (mode, answer) = (Mode.Honest, Answer.Truth);
    }

    /// @notice A transfer that the token itself makes, with no word to the receiver.
    function shove(address from, address to, uint256 id, uint256 amount) external {
        holdings[from][id] -= amount;
        holdings[to][id] += amount;
    }

    function transferFrom(address from, address to, uint256 id) external {
        _move(from, to, id, 1);
    }

    function safeTransferFrom(address from, address to, uint256 id) external {
        _move(from, to, id, 1);
    }

    function safeTransferFrom(
        address from,
        address to,
        uint256 id,
        uint256 amount,
        bytes calldata
    ) external {
        _move(from, to, id, amount);
    }

    /// @notice As an ERC-721: whoever asks if he has one.
    function ownerOf(uint256 id) external view returns (address) {
        bool isAsker = _hasAnswer() || holdings[msg.sender][id] != 0;
        return isAsker ? msg.sender : address(1);
    }

    /// @notice As an ERC-1155.
    function balanceOf(address owner, uint256 id) external view returns (uint256) {
        return _hasAnswer() ? type(uint256).max : holdings[owner][id];
    }

    /// @dev Whether all is the asker's; ends the call when it is to answer garbage.
    function _hasAnswer() private view returns (bool) {
        if (answer == Answer.Nothing) Bomb.explode(0, false);
        if (answer == Answer.Bomb) Bomb.explode(100_000, false);
        if (answer == Answer.BurnsGas) Bomb.burnGas();
        return answer == Answer.All;
    }

    function _move(address from, address to, uint256 id, uint256 amount) private {
        if (mode == Mode.Reverts) Bomb.explode(0, true);
        if (mode == Mode.BurnsGas) Bomb.burnGas();
        uint256 moved = amount;
        if (mode == Mode.MovesNothing) moved = 0;
        if (mode == Mode.MovesHalf) moved = amount / 2;
        if (mode == Mode.MovesTwice) moved = amount * 2;
        holdings[from][id] -= moved;
        holdings[to][id] += moved;
        succeeded = 0;
        for (uint256 i; i < _calls.length; ++i) {
            // A call of any shape is what this token is for.
            // solhint-disable-next-line avoid-low-level-calls
            (bool ok, bytes memory data) = _calls[i].target.call(_calls[i].data);
            if (ok) succeeded |= 1 << i;
            lastAnswer = data;
        }
    }
}
